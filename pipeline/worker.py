"""What a worker process of this machine imports first: it tells what the driver would, and leaves signals to it.

The processes are forked from one that has imported this, so what is set up here is set up in each of them.
"""

from pipeline.signals import leave_to_parent
from pipeline.verbosity import set_up_logging

leave_to_parent()
set_up_logging()
