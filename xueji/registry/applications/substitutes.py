"""``applications_post_held`` anew: a post is held by its holder, or by who acts in it for a period (代办)."""

from __future__ import annotations

SQL = """
CREATE OR REPLACE FUNCTION applications_post_held(organisation uuid, role text) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT organisation = nullif(current_setting('xueji.organisation', true), '')::uuid
    AND role = current_setting('xueji.role', true)
    AND EXISTS (
      SELECT FROM public.accounts_post p,
        LATERAL (SELECT coalesce(nullif(current_setting('xueji.today', true), '')::date, current_date) AS day) t,
        LATERAL (SELECT nullif(current_setting('xueji.person', true), '')::uuid AS person) w
      WHERE p.id = nullif(current_setting('xueji.post', true), '')::uuid AND p.role = applications_post_held.role
        AND (p.closed_on IS NULL OR p.closed_on > t.day)
        AND (EXISTS (SELECT FROM public.accounts_postholding h
                     WHERE h.post_id = p.id AND h.account_id = w.person
                       AND h.started_on <= t.day AND (h.ended_on IS NULL OR h.ended_on > t.day))
             OR EXISTS (SELECT FROM public.accounts_substitution s
                        WHERE s.post_id = p.id AND s.account_id = w.person
                          AND s.started_on <= t.day AND s.ended_on > t.day))
        AND EXISTS (SELECT FROM public.accounts_access x
                    WHERE x.viewer = p.organisation_id
                      AND x.organisation = applications_post_held.organisation))
$$;
"""
