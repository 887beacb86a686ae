"""Consent to e-mails: what all statements about a customer come to (MO-04, MO-06, MO-07, AMB-37, AMB-38).

Lives here: the rule. Not here: what a row states (`pipelines/parsing/words/enumerations.py`,
`pipelines/validation/statements.py`), the list of statements (`relations/consents.py`).

Whoever said no is not asked again by a list: lists are copied, and nobody knows how old their ones are. A sign-up that
says when and where it was given is the person's own later word, and lifts an earlier no. A no of a list is of the time
of its import. Blank says nothing. So the answer hangs on the statements alone, not on the order they came in.

What somebody noted by hand outlives every list. A no by hand stands until somebody notes otherwise or takes it back; a
yes by hand gives way to a later no of the person's own, such as an unsubscription on the website: to write to somebody
who said no harms more than to miss one who said yes.
"""

CONSENT_BY_HAND = "consent_by_hand"
"""The column that says of a statement that it is what was noted by hand last; of a customer one has it at most."""

LAST_NO = "max(stated_at) FILTER (NOT opt_in)"
LAST_PROVEN_YES = "max(stated_at) FILTER (opt_in AND consent_evidence IS NOT NULL)"
LAST_OWN_NO = "max(stated_at) FILTER (NOT opt_in AND (event IS NOT NULL OR consent_evidence IS NOT NULL))"

OPT_IN = f"""
    CASE WHEN bool_or({CONSENT_BY_HAND} AND NOT opt_in) THEN FALSE
         WHEN bool_or({CONSENT_BY_HAND} AND opt_in) THEN coalesce({LAST_PROVEN_YES} > {LAST_OWN_NO}, TRUE)
         WHEN {LAST_NO} IS NULL THEN bool_or(opt_in) ELSE coalesce({LAST_PROVEN_YES} > {LAST_NO}, FALSE) END
"""
"""True, false, or null where nobody said, over the rows of one customer with `opt_in`, `stated_at`, `consent_evidence`,
`event` and that column; of a yes and a no at the same time the no counts."""
