"""The ground floor: pure Python, values in, values out. No Django, no clock, no I/O."""
