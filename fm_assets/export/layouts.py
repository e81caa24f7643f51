"""The dataset in the layouts that its readers know: the paper's JSON files and LLaMA-Factory's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

LETTERS = "ABCD"
PROMPT = "Answer with the option's letter."


def document(content: Any) -> bytes:
    """A JSON document, readable and byte-stable."""
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def official_questions(pairs: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """A video's questions as the paper's evaluation reads them (paper, released code)."""
    questions = [
        {"question": p["question"]}
        | {letter: p[f"option_{letter.lower()}"] for letter in LETTERS}
        | {"correct_answer": p["answer"]}
        for p in pairs
    ]
    return {"questions": questions}


def official_motion(tracks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A clip's tracks as the paper's motion JSON.

    Boxes are `[left, top, right, bottom]` in fractions of the frame's width and height, one entry per sampled
    frame, null where the object is not seen; people are `person_00` ..., objects `<class>_1000` ... . A person's
    hands are its `left_hand` and `right_hand`.
    """
    length = max((p["frame"] for t in tracks for p in t["boxes"]), default=-1) + 1
    times: list[float | None] = [None] * length
    objects: dict[str, Any] = {}
    people: dict[str, Any] = {}
    entries: dict[str, dict[str, Any]] = {}  # by track id
    for track in sorted(tracks, key=lambda t: t["parent_track_id"] is not None):  # a hand after its person
        boxes: list[list[float] | None] = [None] * length
        width, height = track["width"], track["height"]
        for p in track["boxes"]:
            times[p["frame"]] = p["t_s"]
            corners = (p["x1"] / width, p["y1"] / height, p["x2"] / width, p["y2"] / height)
            boxes[p["frame"]] = [round(value, 4) for value in corners]
        entry: dict[str, Any] = {"track_id": track["track_id"], "bbox": boxes}
        entries[track["track_id"]] = entry
        if track["parent_track_id"] is not None:
            entries[track["parent_track_id"]][f"{track['side']}_hand"] = entry
        elif track["class"] == "person":
            people[f"person_{len(people):02d}"] = entry
        else:
            entry["class_name"] = track["class"]
            objects[f"{track['class']}_{1000 + len(objects)}"] = entry
    return {"detected_objects": objects, **people, "times_s": times}


def question_turn(pair: Mapping[str, Any]) -> str:
    """The human turn of a training example: video, question, options, how to answer."""
    options = "\n".join(f"{letter}. {pair[f'option_{letter.lower()}']}" for letter in LETTERS)
    return f"<video>{pair['question']}\n{options}\n{PROMPT}"


def sharegpt(human: str, answer: str, video: str) -> dict[str, Any]:
    """One LLaMA-Factory example in ShareGPT form; one `<video>` token per path."""
    return {
        "conversations": [{"from": "human", "value": human}, {"from": "gpt", "value": answer}],
        "videos": [video],
    }


def dataset_info(files: Iterable[str]) -> dict[str, Any]:
    """LLaMA-Factory's `dataset_info.json` for ShareGPT files."""
    columns = {"messages": "conversations", "videos": "videos"}
    return {
        f.removesuffix(".json"): {"file_name": f, "formatting": "sharegpt", "columns": columns} for f in sorted(files)
    }
