"""The room ``exchange`` of the duties floor: packages between nodes, receipts, reconciliation (design §5, ADR 0016)."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "xueji.duties.exchange"
    label = "exchange"
