"""The words of drawn figures: axis names, groups, genes, phrases; short, plausible, and without meaning."""

from __future__ import annotations

from numpy.random import Generator

MEASURES = (
    "Time (min)", "Time (h)", "Time (days)", "Age (years)", "Dose (mg/kg)", "Concentration (nM)",
    "Relative expression", "Fold change", "Cell viability (%)", "Fluorescence (a.u.)", "Absorbance (450 nm)",
    "Body weight (g)", "Tumor volume (mm³)", "Number of cells", "% of total", "Frequency", "Intensity",
    "Distance (µm)", "Density", "Firing rate (Hz)", "Voltage (mV)", "Current (pA)", "Force (N)", "Pressure (mmHg)",
    "Score", "Relative mRNA level", "Count", "Survival (%)", "Length (cm)", "OD600", "log10 CFU/ml", "Energy (eV)",
    "Wavelength (nm)", "Accuracy", "Probability", "Temperature (°C)", "ΔF/F0", "BMI (kg/m²)", "x", "y", "t",
    "Normalized activity", "Glucose (mM)", "Serum IL-6 (pg/ml)", "Latency (s)", "Speed (cm/s)", "Patients", "Year",
)  # fmt: skip
GROUPS = (
    "Control", "Ctrl", "WT", "KO", "Sham", "Vehicle", "Drug", "DMSO", "PBS", "LPS", "siRNA", "shRNA-1", "shRNA-2",
    "Mock", "Het", "-/-", "+/+", "Male", "Female", "Low", "High", "0 h", "6 h", "12 h", "24 h", "48 h", "Day 1",
    "Day 7", "Young", "Old", "Placebo", "Treated", "Baseline", "Group A", "Group B", "Case", "T1", "T2", "N", "T",
    "GFP", "Vector", "Scr", "IgG", "HeLa", "293T", "A549", "MCF-7", "Liver", "Lung", "Brain", "Kidney", "Heart",
    "Spleen", "Muscle", "1", "2", "3", "4", "10", "50", "100", "A", "B", "C",
)  # fmt: skip
GENES = (
    "TP53", "MYC", "EGFR", "KRAS", "AKT", "p-AKT", "ERK1/2", "p-ERK", "GAPDH", "β-actin", "α-tubulin", "BRCA1", "CD4",
    "CD8", "CD45", "IL6", "TNF", "IFNG", "STAT3", "p-STAT3", "SOX2", "OCT4", "NANOG", "Bcl-2", "Bax", "Casp3", "LC3",
    "p62", "mTOR", "VEGF", "HIF1A", "PTEN", "CDK2", "p21", "p27", "Rb", "Lamin B", "Histone H3", "HSP90", "FLAG",
    "HA", "Myc", "GFP", "E-cad", "N-cad", "Vimentin", "Wnt3a", "Notch1", "Gata4", "Pax6", "Foxp3", "Tbx5", "Cx43",
    "Nav1.5", "APOE", "TREM2", "SNCA", "tau", "Aβ", "Iba1", "GFAP", "NeuN",
)  # fmt: skip
PHRASES = (
    "Cell proliferation", "Signal transduction", "Immune response", "DNA repair", "Apoptosis", "Metabolism",
    "Data collection", "Screening", "Assessed for eligibility", "Randomized", "Excluded", "Follow-up", "Analysis",
    "RNA-seq", "Sample preparation", "Feature extraction", "Training set", "Validation", "Input", "Output", "Model",
    "Encoder", "Primary outcome", "Adverse events", "Hospital admission", "Gene expression", "Protein folding",
    "Membrane transport", "Receptor", "Ligand", "Nucleus", "Cytoplasm", "Mitochondria", "T cell", "B cell",
    "Macrophage", "Neuron", "Stem cell", "Differentiation", "Inflammation", "Systematic review",
)  # fmt: skip
PROSE = (
    "the", "of", "and", "in", "to", "with", "for", "was", "were", "by", "that", "from", "patients", "cells",
    "expression", "levels", "increased", "significantly", "compared", "control", "group", "after", "treatment",
    "analysis", "data", "mean", "standard", "error", "protein", "gene", "samples", "study", "results", "each", "time",
    "points", "between", "using", "method", "observed", "response", "clinical", "outcome", "risk", "factor",
    "population", "model", "effect", "dose", "days", "months", "years", "association",
)  # fmt: skip
LETTERS = "ACDEFGHIKLMNPQRSTVWY"


def pick(rng: Generator, words: tuple[str, ...]) -> str:
    """One of the words."""
    return words[int(rng.integers(len(words)))]


def several(rng: Generator, words: tuple[str, ...], count: int) -> list[str]:
    """So many of the words, different ones as long as there are enough."""
    return [words[int(k)] for k in rng.choice(len(words), count, replace=count > len(words))]


def prose(rng: Generator, count: int) -> str:
    """So many words of running text, the first with a capital."""
    return " ".join(several(rng, PROSE, count)).capitalize()


def number(rng: Generator) -> str:
    """A number as tables print it: a count, a decimal, a share, a mean with its spread, a p value."""
    kind, value = int(rng.integers(6)), float(rng.gamma(1.5, 20))
    return (
        f"{value:.0f}",
        f"{value:.1f}",
        f"{value:.0f} ({min(value, 100):.1f}%)",
        f"{value:.1f} ± {value / 7:.1f}",
        f"{value / 40:.2f} ({value / 60:.2f}-{value / 25:.2f})",
        "<0.001" if value < 20 else f"{value / 100:.3f}",
    )[kind]
