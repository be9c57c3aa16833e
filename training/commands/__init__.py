"""The commands of ``python -m training``: each file has one, its arguments and what it runs.

A command imports the rooms that it uses when it runs, so that ``--help`` and the commands that do without PyTorch
neither need it nor wait for it.
"""

from training.commands import check, evaluate, example, export, fit, label, robustness, start

COMMANDS = (check, fit, evaluate, robustness, label, export, start, example)

__all__ = ["COMMANDS"]
