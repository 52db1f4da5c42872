"""Prices of parcels. Money is in cents, weight in grams."""
