"""The room ``accounts`` of the ground floor."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "xueji.ground.accounts"
    label = "accounts"
