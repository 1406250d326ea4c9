"""The lab core behind tools/lab."""
