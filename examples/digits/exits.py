"""Where each digit leaves, how the thresholds are chosen, and how well that went."""

from dataclasses import dataclass

import numpy as np

TIERS = ("edge", "fog", "cloud")

# Of the held-out digits that reach a tier, how many should leave there. A lower threshold would
# let more leave at little cost (see the sweep in results.md); this gives every tier some work.
LEAVING = {"edge": 0.8, "fog": 0.75}


@dataclass(frozen=True)
class Outputs:
    """What every section gave for every digit: [n, 10] each, and features [n, 7, 7, channels]."""

    predictions: dict[str, np.ndarray]
    features: dict[str, np.ndarray]

    def confidence(self, tier: str) -> np.ndarray:
        """As float64, or the threshold would be compared as the nearest float32."""
        return self.predictions[tier].max(axis=1).astype(np.float64)


def choose_thresholds(held_out: Outputs) -> dict[str, float]:
    """The confidence at which the wanted part of the digits leaves, to three decimals."""
    thresholds = {}
    reaching = np.full(len(held_out.predictions["edge"]), True)
    for tier, part in LEAVING.items():
        confidence = held_out.confidence(tier)
        thresholds[tier] = round(float(np.quantile(confidence[reaching], 1 - part)), 3)
        reaching &= confidence < thresholds[tier]
    return thresholds


def leaving_tier(outputs: Outputs, thresholds: dict[str, float]) -> np.ndarray:
    """The index in TIERS at which each digit leaves, shape [n]."""
    at_edge = outputs.confidence("edge") >= thresholds["edge"]
    at_fog = outputs.confidence("fog") >= thresholds["fog"]
    return np.where(at_edge, 0, np.where(at_fog, 1, 2))


def measure(outputs: Outputs, labels: np.ndarray, thresholds: dict[str, float]) -> dict:
    """Answers and accuracy of each tier, of the pipeline, and of each exit if it answered all."""
    leaving = leaving_tier(outputs, thresholds)
    classes = [outputs.predictions[tier].argmax(axis=1) for tier in TIERS]
    correct = np.choose(leaving, classes) == labels
    tiers = [
        {
            "tier": tier,
            "threshold": thresholds.get(tier),
            "answers": int((leaving == index).sum()),
            "share": _rounded((leaving == index).mean()),
            "accuracy": _rounded(correct[leaving == index].mean()),
            "accuracyIfItAnsweredAll": _rounded((classes[index] == labels).mean()),
        }
        for index, tier in enumerate(TIERS)
    ]
    return {"digits": len(labels), "accuracy": _rounded(correct.mean()), "tiers": tiers}


def table(measured: dict) -> str:
    """`measure`'s numbers in Markdown."""
    lines = [
        "| Tier | Threshold | Answers | Share | Accuracy | Accuracy if it answered all |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for row in measured["tiers"]:
        threshold = "-" if row["threshold"] is None else f"{row['threshold']:.3f}"
        lines.append(
            f"| {row['tier']} | {threshold} | {row['answers']} | {row['share']:.1%} "
            f"| {row['accuracy']:.2%} | {row['accuracyIfItAnsweredAll']:.2%} |"
        )
    lines.append(f"| all | | {measured['digits']} | 100.0% | {measured['accuracy']:.2%} | |")
    return "\n".join(lines)


def sweep_table(sweep: list[dict]) -> str:
    """One row for each of several measurements with the same threshold at edge and fog."""
    lines = [
        "| Threshold | Leave at edge | at fog | at cloud | Accuracy |",
        "|---:|---:|---:|---:|---:|",
    ]
    for measured in sweep:
        shares = " | ".join(f"{row['share']:.1%}" for row in measured["tiers"])
        threshold = measured["tiers"][0]["threshold"]
        lines.append(f"| {threshold:.2f} | {shares} | {measured['accuracy']:.2%} |")
    return "\n".join(lines)


def _rounded(share: float) -> float:
    # NaN (of no answers) is not JSON.
    return 0.0 if np.isnan(share) else round(float(share), 4)
