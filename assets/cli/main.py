"""The `customers` command: everything it changes runs as a Dagster job on the instance that the UI shows.

Lives here: every command's name, module and first sentence. Not here: arguments, and what a command runs (`commands/`);
exit codes (`exit_codes.py`), how things look (`output/`).
A module is imported when its command is called: Dagster takes a second to import, what validates files a tenth of it,
and what only reads, or helps, does without them.
"""

from importlib import import_module

import click

from assets.cli.exit_codes import Main

COMMANDS = {
    "add": ("manual_entry", "Add a customer by hand."),
    "approve": ("access_requests", "Approve the request for access of a captured customer."),
    "backup": ("backup", "Copy all that cannot be made again into the new folder DIR, while runs go on."),
    "cleanup": (
        "low_spend",
        "List the customers who spent less than a threshold; with --confirm and --by, remove them.",
    ),
    "decide": (
        "imports",
        "Settle the held import IMPORT_ID: add its rows, let it replace the earlier one, or count only new rows.",
    ),
    "edit": (
        "manual_entry",
        "Change a customer by hand: FIELD=VALUE states a value, FIELD= blanks it; --release gives it back.",
    ),
    "erase": ("erasure", "Take a person out of every table, file and history, for good; sums stay without a name."),
    "duplicates": ("duplicates", "Look for customers who may be one and the same, and list them."),
    "export": ("tables", "Export a table of the snapshot."),
    "history": ("imports", "List imports, newest first."),
    "import": ("files", "Import FILES, of a folder the lists in it; without any, everything that waits in the inbox."),
    "merge": ("duplicates", "Let the customer OTHER be part of the customer SURVIVOR, with all that is its own."),
    "preview": (
        "files",
        "Show how FILES are understood and what importing them would do; writes nothing to the warehouse.",
    ),
    "prioritise": ("upkeep", "Recompute every customer's priority."),
    "publish": ("upkeep", "Publish `customers.duckdb` again from the working database."),
    "rebuild": ("upkeep", "Rebuild every derived table from the ledger."),
    "refuse": ("access_requests", "Refuse the request for access of a captured customer."),
    "report": ("imports", "Write the report of IMPORT_IDS again, as the tables are now, and the page that lists all."),
    "restore": ("backup", "Make CUSTOMERS_HOME what it was when the backup in DIR was made."),
    "rows": ("customers", "List what IMPORT_ID brought, row by row."),
    "separate": ("duplicates", "Let merged customers be two again, or keep two who look alike apart."),
    "show": ("customers", "Show everything known about one customer, and where each value came from."),
    "stripe": ("stripe", "Stripe accounts as sources."),
    "template": ("files", "Write the template of PROFILE: its titles, what each must hold, an example."),
    "tidy": ("upkeep", "Remove files and runs that are past their period; the tables keep everything."),
    "undo": ("imports", "Take out exactly what IMPORT_ID contributed; of a clean-up bring back whom it removed."),
}
"""Of each command the module of `commands/` that holds it, under its name, and what `customers --help` says of it."""

HIDDEN = {"samples": "samples", "summary": "tables"}
"""What our own Makefile calls."""


class Commands(Main):
    """Commands that are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands that people call."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None where there is none."""
        module = COMMANDS[cmd_name][0] if cmd_name in COMMANDS else HIDDEN.get(cmd_name)
        if module is None:
            return None
        held = import_module(f"assets.cli.commands.{module}")
        command: click.Command = getattr(held, f"{cmd_name}_" if cmd_name == "import" else cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; one that there is not is answered with the one that it resembles."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in (*COMMANDS, *HIDDEN):
            from pipelines.configuration.yaml_documents import meant

            ctx.fail(f"there is no command {name!r}{meant(name, COMMANDS)}; `customers --help` lists them all")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, for which none is imported."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="customer-intake", prog_name="customers", message="%(prog)s %(version)s")
def main() -> None:
    """Customer lists in, one trustworthy customer table out."""
