"""The one `typer` application that the files beside this one add their commands to."""

import typer

app = typer.Typer(
    name="hilum",
    help="Learns to read chest X-ray images, reads them, and says how good it is.\n\n"
    "For research, not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
