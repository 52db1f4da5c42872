"""`python3 -m rates`: `{"parcels": [...]}` on stdin, `{"parcels": [...]}` with their prices on stdout."""

import json
import sys

from rates.quote import quote


def main() -> int:
    try:
        parcels = json.load(sys.stdin)["parcels"]
        priced = [quote(parcel) for parcel in parcels]
    except (KeyError, ValueError) as error:
        print(f"no rate: {error}", file=sys.stderr)
        return 2
    json.dump({"parcels": priced}, sys.stdout)
    return 0


sys.exit(main())
