"""What was done, and where more of it can be done: one file a story."""

from activities.models.chances import Opportunity
from activities.models.hosts import Host, ReleasedQuerySet
from activities.models.interests import Interest, Topic
from activities.models.places import InterestStep, Place, PlaceInterest
from activities.models.portfolio import LearningGoal, Portfolio, PortfolioItem, PortfolioPick
from activities.models.samples import Sample, SampleSeed
from activities.models.shared_time import Category, Relation, Review, SharedTimeEntry

__all__ = [
    "Category",
    "Host",
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
    "Review",
    "Sample",
    "SampleSeed",
    "SharedTimeEntry",
    "Topic",
]
