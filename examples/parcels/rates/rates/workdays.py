from datetime import date, timedelta

TRANSIT_DAYS = {"domestic": 1, "union": 3, "import": 5, "export": 5, "transit": 8}
HOLIDAYS = frozenset({(1, 1), (5, 1), (12, 25), (12, 26)})


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and (day.month, day.day) not in HOLIDAYS


def add_working_days(day: date, count: int) -> date:
    while count > 0:
        day += timedelta(days=1)
        if is_working_day(day):
            count -= 1
    return day


def delivery_day(posted: date, zone: str) -> date:
    """The day by which a parcel arrives that was posted on the given day."""
    return add_working_days(posted, TRANSIT_DAYS[zone])
