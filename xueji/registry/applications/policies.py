"""Row-level security and definer functions of the room ``applications`` (design §4).

* An application is seen by its school, the other school, and those above them.
* A suspected duplicate is seen by the two bureaus alone, its row of the roster with it.
* ``applications_open_grant(application, step)``: the one way to write for two schools. It checks that the step is
  the application's open, completing one and that the post asked for holds it today.
* ``applications_show_duplicates(application)``: while a suspected duplicate is open its bureau sees the other child.
* ``applications_let_number_go(duplicate, student)``: a number kept for a row that comes to nothing, whichever of the
  two bureaus chose last.
* ``applications_borne(number, name)``: the pupil in force with exactly this number and name.
* ``applications_join`` / ``applications_leave``: the applicant becomes party to the pupil's matters while the
  application is open.
"""

from __future__ import annotations

from xueji.ground.accounts.policies import GRANTED, ORGANISATION, ROLE, SYSTEM, VISIBLE, in_reach, policy, rls

_BOTH = f"({in_reach('school')} OR other_school IN {VISIBLE} OR other_school IN {GRANTED})"
_BUREAUS = f"({SYSTEM} OR ({ROLE} IN ('clerk', 'head') AND {ORGANISATION} IN (bureau, matched_bureau)))"
_OF_DUPLICATE = (
    "EXISTS (SELECT FROM applications_suspectedduplicate d "
    "WHERE d.line_id = applications_line.id AND d.application_id = applications_line.application_id)"
)
_OF_APPLICATION = "EXISTS (SELECT FROM applications_application a WHERE a.id = application_id)"
_LINE = f"{in_reach('school')} OR {_OF_DUPLICATE}"

POLICIES = (
    rls("applications_application", read=_BOTH, write=_BOTH)
    + rls("applications_line", read=_LINE, write=_LINE)
    + rls("applications_evidence", read=_OF_APPLICATION, write=_OF_APPLICATION, writes=("INSERT", "UPDATE", "DELETE"))
    + "ALTER TABLE applications_suspectedduplicate ENABLE ROW LEVEL SECURITY;\n"
    + policy("applications_suspectedduplicate", "SELECT", using=_BUREAUS)
    + policy("applications_suspectedduplicate", "UPDATE", using=_BUREAUS, check=_BUREAUS)
    + policy("applications_suspectedduplicate", "INSERT", check=in_reach("school"))
    # A paper is seen by whoever sees the application that its own school handed it in for.
    + "CREATE POLICY documents_document_of_application ON documents_document FOR SELECT USING "
    "(EXISTS (SELECT FROM applications_evidence v JOIN applications_application a ON a.id = v.application_id "
    "WHERE v.document = documents_document.id AND documents_document.organisation IN (a.school, a.other_school)));\n"
)

DEFINERS = """
CREATE FUNCTION applications_post_held(organisation uuid, role text) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT organisation = nullif(current_setting('xueji.organisation', true), '')::uuid
    AND role = current_setting('xueji.role', true)
    AND EXISTS (
      SELECT FROM public.accounts_post p JOIN public.accounts_postholding h ON h.post_id = p.id,
        LATERAL (SELECT coalesce(nullif(current_setting('xueji.today', true), '')::date, current_date) AS day) t
      WHERE p.id = nullif(current_setting('xueji.post', true), '')::uuid AND p.role = applications_post_held.role
        AND (p.closed_on IS NULL OR p.closed_on > t.day)
        AND h.account_id = nullif(current_setting('xueji.person', true), '')::uuid
        AND h.started_on <= t.day AND (h.ended_on IS NULL OR h.ended_on > t.day)
        AND EXISTS (SELECT FROM public.accounts_access x
                    WHERE x.viewer = p.organisation_id
                      AND x.organisation = applications_post_held.organisation))
$$;

CREATE FUNCTION applications_opened(application uuid) RETURNS SETOF uuid LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT o FROM public.applications_application a, unnest(ARRAY[a.school, a.other_school]) AS o
  WHERE a.id = application AND o IS NOT NULL
  UNION
  SELECT s.holder FROM public.applications_line l JOIN public.register_student s ON s.id = l.student
  WHERE l.application_id = application AND l.continued AND l.state = 'ready'
$$;

CREATE FUNCTION applications_open_grant(application uuid, step uuid) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  granted integer;
BEGIN
  PERFORM FROM public.applications_application a
  JOIN public.cases_case c ON c.subject = a.id AND c.state = 'open'
  JOIN public.cases_step s ON s.case_id = c.id
  WHERE a.id = application AND s.id = step AND s.completes
    AND s.opened_at IS NOT NULL AND s.decided_at IS NULL
    AND s.organisation = nullif(current_setting('xueji.organisation', true), '')::uuid
    AND s.role = current_setting('xueji.role', true)
    AND public.applications_post_held(s.organisation, s.role);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'step % of application % is not this post''s to complete', step, application
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO public.accounts_grant (xid, organisation)
  SELECT pg_current_xact_id(), o FROM public.applications_opened(application) AS o
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS granted = ROW_COUNT;
  RETURN granted;
END $$;

CREATE FUNCTION applications_open_released(application uuid) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  granted integer;
BEGIN
  PERFORM FROM public.applications_application a
  JOIN public.organisations_relation r ON r.organisation_id = a.school AND r.relation = 'competent_bureau'
    AND r.ended_on IS NULL
  WHERE a.id = application AND a.state = 'approved' AND public.applications_post_held(r.other_id, 'head')
    AND EXISTS (SELECT FROM public.applications_suspectedduplicate d
                WHERE d.application_id = a.id AND d.state IN ('different', 'same'));
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the released rows of application % are not this post''s to register', application
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO public.accounts_grant (xid, organisation)
  SELECT pg_current_xact_id(), o FROM public.applications_opened(application) AS o
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS granted = ROW_COUNT;
  RETURN granted;
END $$;

CREATE FUNCTION applications_show_duplicates(application uuid) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO public.accounts_party (student, organisation, ground)
  SELECT d.matched, d.bureau, 'duplicate:' || d.id
  FROM public.applications_suspectedduplicate d WHERE d.application_id = application AND d.state = 'open'
  ON CONFLICT DO NOTHING;
  DELETE FROM public.accounts_party p USING public.applications_suspectedduplicate d
  WHERE d.application_id = application AND d.state <> 'open' AND p.student = d.matched
    AND p.ground = 'duplicate:' || d.id;
END $$;

CREATE FUNCTION applications_let_number_go(duplicate uuid, student uuid) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE public.register_number n SET reserved_for = NULL
  FROM public.applications_suspectedduplicate d
  WHERE d.id = duplicate AND d.state IN ('same', 'refused') AND n.school = d.school
    AND n.state = 'reserved' AND n.reserved_for = student
    AND nullif(current_setting('xueji.organisation', true), '')::uuid IN (d.bureau, d.matched_bureau);
END $$;

CREATE FUNCTION applications_join(application uuid) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO public.accounts_party (student, organisation, ground)
  SELECT a.student, a.school, 'application:' || a.id
  FROM public.applications_application a
  WHERE a.id = application AND a.student IS NOT NULL AND a.state IN ('lodged', 'sent_back')
    AND a.school = nullif(current_setting('xueji.organisation', true), '')::uuid
  ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION applications_borne(asked text, called text) RETURNS TABLE (student uuid, school uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT r.student_id, r.school
  FROM public.register_registration r JOIN public.register_student s ON s.id = r.student_id
  WHERE r.number = asked AND NOT r.voided AND r.ended_on IS NULL AND s.name = called
$$;

CREATE FUNCTION applications_leave(application uuid) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  DELETE FROM public.accounts_party p USING public.applications_application a
  WHERE a.id = application AND a.state IN ('approved', 'refused', 'retracted')
    AND p.student = a.student AND p.ground = 'application:' || a.id;
END $$;
"""

_CALLED = (
    "applications_open_grant(uuid, uuid)",
    "applications_open_released(uuid)",
    "applications_join(uuid)",
    "applications_leave(uuid)",
    "applications_borne(text, text)",
    "applications_show_duplicates(uuid)",
    "applications_let_number_go(uuid, uuid)",
)
_INNER = ("applications_post_held(uuid, text)", "applications_opened(uuid)")

GRANTS = "".join(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC;\n" for name in (*_CALLED, *_INNER)) + "".join(
    f"GRANT EXECUTE ON FUNCTION {name} TO xueji_application;\n" for name in _CALLED
)

SQL = POLICIES + DEFINERS + GRANTS
UNDO = "DROP POLICY documents_document_of_application ON documents_document;\n" + "".join(
    f"DROP FUNCTION {name};\n" for name in (*_CALLED, *_INNER)
)
