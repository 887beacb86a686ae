"""An account read to the end of a plan, whatever interrupts it."""
