"""What the tasks of the example application raised."""

from __future__ import annotations


class ShopError(Exception):
    """Base of the errors of the shop."""


class PaymentRefusedError(ShopError):
    """An error with attributes beside its arguments."""

    def __init__(self, code: str, amount: int | None = None) -> None:
        super().__init__(code, amount)
        self.code = code
        self.amount = amount


class StockGoneError(ShopError):
    """An error with an attribute that is no argument."""

    def __init__(self, sku: str) -> None:
        super().__init__(sku)
        self.sku = sku
        self.left = 0


PaymentRefused = PaymentRefusedError
StockGone = StockGoneError
