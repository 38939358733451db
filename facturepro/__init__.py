"""FacturePro: invoicing that works offline and synchronises."""

__version__ = "0.1.0"
