"""Measurements, for reading: nothing here is asserted in a test."""
