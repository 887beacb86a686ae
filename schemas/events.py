"""What events of a website can be: the closed list of their kinds, and which of them are a yes to e-mails.

Lives here: the words. Not here: the keys of an event (`schemas/vocabulary/profile_titles.csv`, profile `captured`),
what an event contributes (`pipelines/validation/statements.py`).
"""

ORDER, ACCESS_REQUEST = "order", "access_request"
SIGN_UPS = ("form", "newsletter")
"""Who fills in a form or signs up for the newsletter agrees to e-mails, unless the event says otherwise (MO-05)."""

EVENT_KINDS = (*SIGN_UPS, ORDER, ACCESS_REQUEST)
