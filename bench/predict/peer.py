"""The peer: a logistic regression of scikit-learn behind FastAPI, as its users serve one. Nothing is logged."""
import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel
from sklearn.linear_model import LogisticRegression

random = np.random.default_rng(1)
rows = random.random((2000, 28))
model = LogisticRegression().fit(rows, rows[:, :14].sum(1) > rows[:, 14:].sum(1))
app = FastAPI()


class Row(BaseModel):
    x: list[float]


@app.get("/healthz")
async def healthz():
    return {"status": "ok"}


@app.post("/predict")
async def predict(row: Row):
    score = model.predict_proba(np.asarray(row.x).reshape(1, -1))[0, 1]
    return {"label": int(score >= 0.5), "score": float(score)}
