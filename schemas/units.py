"""Units: the articles that a unit was made of."""

import pyarrow as pa

from schemas.articles import PLANNED
from schemas.tables import without

#: The planned articles of a unit as they were when it was curated.
CURATED = pa.schema(list(without(PLANNED, "reject")), metadata={"schema": "medconcept.curated", "schema_version": "1"})
