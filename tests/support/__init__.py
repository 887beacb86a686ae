"""What tests of several rooms build on: factories, workbooks, a flow, remembered readings."""
