"""Forms before a post is taken."""

from __future__ import annotations

from django import forms


class LogInForm(forms.Form):
    """Log-in name and password, or the slip's activation code in its place."""

    login = forms.CharField(
        label="登录名",
        max_length=64,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autofocus": True, "spellcheck": "false", "autocapitalize": "none"}
        ),
    )
    password = forms.CharField(
        label="密码（或激活码）",
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasswordForm(forms.Form):
    """An own password, typed twice."""

    old = forms.CharField(
        label="原密码（或激活码）",
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label="新密码",
        max_length=256,
        strip=False,
        help_text="至少 10 位，不要全是数字，不要包含登录名。",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="再输一次新密码",
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, str]:
        values: dict[str, str] = super().clean() or {}
        if values.get("new") and values.get("again") and values["new"] != values["again"]:
            self.add_error("again", "两次输入的新密码不一样，请重新输入。")
        return values


class TokenForm(forms.Form):
    """The six digits of the second factor."""

    token = forms.CharField(
        label="6 位动态口令",
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )
