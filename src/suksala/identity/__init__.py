"""Identity: one human, one id, over all of a human's registrations.

Speaks    FHIR Patient and Person; OpenHIE client registry; IHE PIXm (a registration is a source record).
Keeps     the tables identity_*. A registration (hospcode, pid) is born as its own person and stays it; a human is a set
          of persons.
Not here  the clinical record (exchange), who may see it (consent).
"""

from .answering import match
from .batch import Run
from .batch import rehearse_shadow as rehearse_model
from .changes import Review
from .desk import (
    Judged,
    Judgement,
    Quality,
    ToSource,
    dispute,
    disputed,
    judge,
    quality,
    questions,
    questions_to_source,
    rank_questions,
)
from .domain import LinkResult, PersonRow, Registration
from .errors import (
    AlreadyWeighing,
    LaterEvents,
    ModelRefused,
    NoSuchEvent,
    NoSuchHuman,
    NoSuchPerson,
    NoSuchQuestion,
    NotJudged,
    NotKnown,
    NotUndoable,
)
from .explaining import Explanation, explain
from .grading import Candidate, Decision, Waterfall
from .judging import Answer, Question, Reviewer, Signs
from .line_lists import (
    LINE_ASKS,
    LINE_JOINS,
    LineLink,
    LineRow,
    join_lines,
    line_keys,
    line_model,
    read_line,
    train_lines,
    weigh_lines,
)
from .locking import alone as linking_alone
from .matching.demographics import Demographics
from .matching.model import Model as LineModel
from .modelling import approve as approve_model
from .nightly import weigh
from .protecting import (
    Protection,
    ProtectionProblem,
    protect,
    protected_among,
    protections,
    surname_key,
    surname_keys,
    unprotect,
)
from .public_ids import human_of_public, public_id
from .same_human import SameHuman
from .service import (
    human_of,
    humans_of,
    link,
    memberships,
    person_of,
    persons,
    persons_like,
    persons_of,
    persons_of_number,
    registration,
    registrations,
    relink,
    reviews,
    search_own,
    undo,
    weigh_waiting,
)
from .showing import ByWeight, Shown, Side, WeighedPair, linked_by_weight, show
from .teaching import Made
from .teaching import make as make_model
from .thresholds import USUAL_THRESHOLDS, ThresholdEffect, simulate_thresholds
from .viewing import (
    Number,
    Said,
    Source,
    View,
    event_at,
    humans_as_of,
    last_event,
    persons_as_of,
    view,
)

__all__ = [
    "LINE_ASKS",
    "LINE_JOINS",
    "USUAL_THRESHOLDS",
    "AlreadyWeighing",
    "Answer",
    "ByWeight",
    "Candidate",
    "Decision",
    "Demographics",
    "Explanation",
    "Judged",
    "Judgement",
    "LaterEvents",
    "LineLink",
    "LineModel",
    "LineRow",
    "LinkResult",
    "Made",
    "ModelRefused",
    "NoSuchEvent",
    "NoSuchHuman",
    "NoSuchPerson",
    "NoSuchQuestion",
    "NotJudged",
    "NotKnown",
    "NotUndoable",
    "Number",
    "PersonRow",
    "Protection",
    "ProtectionProblem",
    "Quality",
    "Question",
    "Registration",
    "Review",
    "Reviewer",
    "Run",
    "Said",
    "SameHuman",
    "Shown",
    "Side",
    "Signs",
    "Source",
    "ThresholdEffect",
    "ToSource",
    "View",
    "Waterfall",
    "WeighedPair",
    "approve_model",
    "dispute",
    "disputed",
    "event_at",
    "explain",
    "human_of",
    "human_of_public",
    "humans_as_of",
    "humans_of",
    "join_lines",
    "judge",
    "last_event",
    "line_keys",
    "line_model",
    "link",
    "linked_by_weight",
    "linking_alone",
    "make_model",
    "match",
    "memberships",
    "person_of",
    "persons",
    "persons_as_of",
    "persons_like",
    "persons_of",
    "persons_of_number",
    "protect",
    "protected_among",
    "protections",
    "public_id",
    "quality",
    "questions",
    "questions_to_source",
    "rank_questions",
    "read_line",
    "registration",
    "registrations",
    "rehearse_model",
    "relink",
    "reviews",
    "search_own",
    "show",
    "simulate_thresholds",
    "surname_key",
    "surname_keys",
    "train_lines",
    "undo",
    "unprotect",
    "view",
    "weigh",
    "weigh_lines",
    "weigh_waiting",
]
