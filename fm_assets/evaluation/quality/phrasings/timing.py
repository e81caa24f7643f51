"""Statements about when two objects move, each true of some of Allen's relations."""

from __future__ import annotations

#: What people say of two movements: wording -> the relations of the first to the second of which it is true.
MOVEMENT_ORDERS: dict[str, frozenset[str]] = {
    "starts_first": frozenset(("before", "meets", "overlaps", "contains", "finished_by")),
    "starts_later": frozenset(("after", "met_by", "overlapped_by", "during", "finishes")),
    "start_together": frozenset(("starts", "started_by", "equals")),
    "stops_first": frozenset(("before", "meets", "overlaps", "starts", "during")),
    "stops_later": frozenset(("after", "met_by", "overlapped_by", "started_by", "contains")),
    "outlasts": frozenset(("overlapped_by", "started_by", "contains")),
    "stop_together": frozenset(("finishes", "finished_by", "equals")),
    "over_before": frozenset(("before", "meets")),
    "begins_after": frozenset(("after", "met_by")),
    "joins": frozenset(("during", "finishes", "overlapped_by")),
    "is_joined": frozenset(("contains", "finished_by", "overlaps")),
    "within": frozenset(("during",)),
    "around": frozenset(("contains",)),
    "relay": frozenset(("meets",)),
    "overlap": frozenset(("overlaps",)),
    "same_time": frozenset(("equals",)),
}

TIMING: dict[str, dict[str, tuple[str, ...]]] = {
    "movement_order": {
        "starts_first": (
            "{X} starts moving before {y}.",
            "{X} starts moving before {y} does.",
            "{X} begins to move earlier than {y}.",
            "{X} starts to move before {y} starts.",
            "{X} moves first, then {y} starts to move.",
            "Before {y} begins to move, {x} starts moving",
            "{X} is the first to move, before {y}.",
            "{X} sets off before {y}.",
        ),
        "starts_later": (
            "{X} starts moving after {y}.",
            "{X} starts moving after {y} has started.",
            "{X} begins to move later than {y}.",
            "{X} starts to move after {y} starts moving.",
            "After {y} starts moving, {x} starts moving too.",
            "{X} sets off later than {y}",
        ),
        "start_together": (
            "{X} and {y} start moving at the same time.",
            "{X} starts moving at the same time as {y}.",
            "{X} and {y} begin to move simultaneously.",
            "{X} begins moving just when {y} begins moving.",
            "At the same moment, {x} and {y} start to move",
        ),
        "stops_first": (
            "{X} stops moving before {y}.",
            "{X} stops before {y} does.",
            "{X} comes to a stop earlier than {y}.",
            "{X} stops moving before {y} stops.",
            "Before {y} stops, {x} stops",
        ),
        "stops_later": (
            "{X} stops moving after {y}.",
            "{X} stops after {y} does.",
            "{X} comes to a stop later than {y}.",
            "{Y} has stopped before {x} stops.",
            "After {y} stops, {x} stops as well",
        ),
        "outlasts": (
            "{X} is still moving when {y} stops.",
            "{X} keeps moving after {y} has stopped.",
            "{X} goes on moving when {y} stops moving.",
            "When {y} comes to a stop, {x} is still in motion",
        ),
        "stop_together": (
            "{X} and {y} stop moving at the same time.",
            "{X} stops at the same time as {y}.",
            "{X} and {y} come to a stop simultaneously.",
            "{X} and {y} stop together",
        ),
        "over_before": (
            "{X} stops before {y} starts moving.",
            "{X} stops moving before {y} starts.",
            "{X} has already stopped when {y} starts to move.",
            "{X} finishes moving before {y} begins.",
            "{Y} starts moving only after {x} has stopped.",
            "By the time {y} starts moving, {x} has stopped",
        ),
        "begins_after": (
            "{X} starts moving after {y} has stopped.",
            "{X} begins to move after {y} stops.",
            "{X} only moves once {y} has stopped moving.",
            "Once {y} has come to a stop, {x} starts moving.",
            "{X} does not start until {y} has stopped",
        ),
        "joins": (
            "{X} starts moving while {y} is already moving.",
            "{X} starts moving while {y} is moving.",
            "While {y} is moving, {x} starts to move.",
            "{Y} is already in motion when {x} starts moving",
        ),
        "is_joined": (
            "{X} is already moving when {y} starts.",
            "{X} is already in motion when {y} begins to move.",
            "While {x} is moving, {y} starts moving.",
            "{Y} starts moving while {x} is already moving",
        ),
        "within": (
            "{X} starts after {y} and stops before {y}.",
            "{X} starts and stops while {y} is moving.",
            "{X} moves only during the movement of {y}.",
            "While {y} is moving, {x} starts and stops",
        ),
        "around": (
            "{X} starts before {y} and stops after {y}.",
            "{X} moves before, during and after the movement of {y}.",
            "While {x} is moving, {y} starts and stops.",
            "{Y} starts and stops while {x} is moving",
        ),
        "relay": (
            "{X} stops just when {y} starts moving.",
            "{Y} starts moving as soon as {x} stops.",
            "{X} stops at the very moment {y} starts.",
            "At the moment {x} stops, {y} starts moving",
        ),
        "overlap": (
            "{X} starts before {y} and stops while {y} is still moving.",
            "{X} starts before {y} and also stops before {y}, but they move at the same time for a while.",
            "{Y} starts while {x} is moving and goes on after {x} has stopped.",
            "{X} is already moving when {y} starts and stops before {y} does",
        ),
        "same_time": (
            "{X} and {y} start and stop moving at the same time.",
            "{X} starts and stops at the same time as {y}.",
            "{X} and {y} move during exactly the same time.",
            "{X} starts and stops together with {y}",
        ),
    }
}
