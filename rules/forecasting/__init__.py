"""What is expected at an hour of the week, by counts of the hours before; useful after minutes, better by weeks.

Pure: counts in, a forecast out. Reading counts and keeping forecasts is others' work.
"""

from rules.forecasting.forecast import HOURS, WEEK, Expected, Forecast
from rules.forecasting.hindsight import Hindsight
from rules.forecasting.keys import ForecastKeys, ForecastRule
from rules.forecasting.making import LOOK_BACK, Counts, forecast_of

__all__ = [
    "HOURS",
    "LOOK_BACK",
    "WEEK",
    "Counts",
    "Expected",
    "Forecast",
    "ForecastKeys",
    "ForecastRule",
    "Hindsight",
    "forecast_of",
]
