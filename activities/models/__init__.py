"""What was done, and where more of it can be done: one file a story."""

from activities.models.asking import InboxLink, Reminder, WaitingEntry
from activities.models.chances import Booking, HeldWord, Opportunity
from activities.models.hosts import Host, ReleasedQuerySet
from activities.models.interests import Interest, Topic
from activities.models.places import InterestStep, Place, PlaceInterest
from activities.models.portfolio import LearningGoal, Portfolio, PortfolioItem, PortfolioPick
from activities.models.samples import Sample, SampleSeed
from activities.models.shared_time import Category, Relation, Review, SharedTimeEntry
from activities.models.sheets import Sheet

__all__ = [
    "Booking",
    "Category",
    "HeldWord",
    "Host",
    "InboxLink",
    "Interest",
    "InterestStep",
    "LearningGoal",
    "Opportunity",
    "Place",
    "PlaceInterest",
    "Portfolio",
    "PortfolioItem",
    "PortfolioPick",
    "Relation",
    "ReleasedQuerySet",
    "Reminder",
    "Review",
    "Sample",
    "SampleSeed",
    "SharedTimeEntry",
    "Sheet",
    "Topic",
    "WaitingEntry",
]
