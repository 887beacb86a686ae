"""The jobs of this package in one place, as the definitions take them.

Lives here: the list. Not here: the jobs that stand beside what they read (`assets/stripe.py`,
`assets/reference_tables.py`, `assets/customer_reports.py`).
"""

from assets.customer_reports import import_reports, rows_of_an_import, show_customer
from assets.jobs.access_requests import approve_access, refuse_access
from assets.jobs.accounts.check_key import stripe_check
from assets.jobs.backup import backup
from assets.jobs.duplicates import merge_customers, possible_duplicates, separate_customers
from assets.jobs.erasure import erase_customer
from assets.jobs.exports import export_table
from assets.jobs.files.from_path import import_from_path
from assets.jobs.files.templates import write_template
from assets.jobs.import_decisions import decide_import, take_out_account, undo_import
from assets.jobs.importing import import_files
from assets.jobs.low_spend import low_spend_cleanup
from assets.jobs.manual_entry import add_customer, edit_customer
from assets.jobs.previews import preview_files
from assets.jobs.upkeep import prioritise_customers, publish_snapshot, rebuild_customers, tidy

JOBS = (
    import_files,
    import_from_path,
    preview_files,
    decide_import,
    undo_import,
    show_customer,
    rows_of_an_import,
    import_reports,
    approve_access,
    refuse_access,
    add_customer,
    edit_customer,
    take_out_account,
    prioritise_customers,
    low_spend_cleanup,
    merge_customers,
    separate_customers,
    possible_duplicates,
    erase_customer,
    rebuild_customers,
    publish_snapshot,
    tidy,
    backup,
    export_table,
    write_template,
    stripe_check,
)
