"""The peer: River's logistic regression behind FastAPI, learning in place. Nothing is durable."""
import itertools

from fastapi import FastAPI
from pydantic import BaseModel
from river import linear_model

model = linear_model.LogisticRegression()
app = FastAPI()
open_rows, ids, OPEN_MAX = {}, itertools.count(1), 100_000


class Question(BaseModel):
    user: str
    input: dict


class Feedback(BaseModel):
    prediction_id: str
    outcome: int


def encoded(row):
    return {f"word={row['word']}": 1.0} | {name: row[name] for name in "abcd"}


@app.get("/readyz")
async def readyz():
    return {"status": "ok"}


@app.post("/v1/predict/word")
async def predict(question: Question):
    row = encoded(question.input)
    prediction_id = str(next(ids))
    open_rows[prediction_id] = row
    if len(open_rows) > OPEN_MAX:
        del open_rows[next(iter(open_rows))]
    return {"prediction_id": prediction_id, "score": model.predict_proba_one(row)[True]}


@app.post("/v1/feedback")
async def feedback(given: Feedback):
    row = open_rows.pop(given.prediction_id, None)
    if row is not None:
        model.learn_one(row, bool(given.outcome))
    return {"state": "closed"}
