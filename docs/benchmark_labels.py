"""Labels of the keys in the result files of benchmarks."""

from __future__ import annotations

LABELS = {
    "as_it_is": "as it is",
    "best_by_chi2": "best by chi2",
    "chi2_of_answer": "chi2 of the answer",
    "classical_correlation": "correlation with the classical object",
    "cost_of_many_over_alone": "cost of a start of many / alone",
    "charts": "charts and 3-D views",
    "energy_in_one_piece_percent": "energy in one piece, %",
    "flat_phase_error": "flat-phase error",
    "flat_phase_phase_error_rad": "flat phase's phase error, rad",
    "from_random_own_network": "from random, the deep prior's own network",
    "hio_over_naive": "hio / naive",
    "hio_over_naive_own_process": "hio / naive in its own process",
    "hio_over_naive_own_process_from_128": "hio / naive in its own process, from 128",
    "hio_over_pair": "hio / pair",
    "hio_step_by_step_over_pair": "hio step by step / pair",
    "hio_third_over_pair": "hio, a third of each axis / pair",
    "er_over_pair": "er / pair",
    "raar_over_pair": "raar / pair",
    "shrinkwrap_in_iterations": "a shrink-wrap, iterations",
    "mean_over_true_mean": "mean / true mean",
    "object_error": "object error",
    "overhead_medians": "overhead, medians",
    "phase_error_rad": "phase error, rad",
    "plotly_js": "plotly.js",
    "recipe_cnn": "recipe's chain, cnn",
    "recipe_random": "recipe's chain, random starts",
    "rms_error_over_rms_strain": "rms error / rms strain",
    "shorter_cnn": "shorter chain, cnn",
    "shorter_random": "shorter chain, random starts",
    "slope_over_true_slope": "slope / true slope",
    "speed_up": "speed-up",
    "speed_up_whole_runs": "speed-up of whole runs",
    "start_objects": "objects of the starts",
    "support_percent": "support, %",
    "torch_compile": "torch.compile",
    "torch_convolution": "torch's own convolution",
    "twin_mixture_error": "twin-mixture error",
    "unit_alone_s": "unit alone, s",
    "unit_of_1_s": "unit of 1, s",
    "update_channels_first": "update, channels first",
    "update_compiled": "update, compiled",
}
"""Key -> label, where it differs from the key with spaces."""


def label(key: str) -> str:
    """Return the label of a key."""
    return LABELS.get(key, key.replace("_", " "))
