"""What parsers raise over text that is no XML.

Lives here: the errors. Not here: what a reader makes of it.
"""

from xml.etree import ElementTree
from xml.parsers import expat

NO_XML = (expat.ExpatError, ElementTree.ParseError, LookupError, ValueError)
"""A declared encoding that Python does not know is a LookupError, one of several bytes that expat has not a ValueError
(CPython 3.11): bytes damaged in the declaration alone."""
