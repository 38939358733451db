"""UN/ECE Recommendation 20 codes (BT-130) of the units that people write."""

_CODES = {
    "ANN": ("an", "ans", "année", "années"),
    "XBX": ("boîte", "boîtes", "boite", "boites"),
    "CMT": ("cm", "centimètre", "centimètres"),
    "DAY": ("j", "jour", "jours", "journée", "journées", "day", "days"),
    "GRM": ("g", "gramme", "grammes"),
    "HUR": ("h", "heure", "heures", "hour", "hours"),
    "KGM": ("kg", "kilo", "kilos", "kilogramme", "kilogrammes"),
    "KMT": ("km", "kilomètre", "kilomètres"),
    "KWH": ("kwh",),
    "LS": ("forfait", "forfaits"),
    "LTR": ("l", "litre", "litres", "liter", "liters"),
    "MIN": ("min", "minute", "minutes"),
    "MMT": ("mm", "millimètre", "millimètres"),
    "MON": ("mois", "month", "months"),
    "MTK": ("m²", "m2", "mètre carré", "mètres carrés"),
    "MTQ": ("m³", "m3", "mètre cube", "mètres cubes"),
    "MTR": ("m", "ml", "mètre", "mètres", "mètre linéaire", "mètres linéaires"),
    "PR": ("paire", "paires", "pair", "pairs"),
    "SET": ("lot", "lots", "ensemble", "ensembles", "kit", "kits"),
    "TNE": ("t", "tonne", "tonnes"),
    "WEE": ("semaine", "semaines", "week", "weeks"),
}
_BY_NAME = {name: code for code, names in _CODES.items() for name in names}
ONE = "C62"


def unit_code(unit: str) -> str:
    """``heure`` -> ``HUR``; an unknown unit is counted in ones."""
    return _BY_NAME.get(unit.strip().lower(), ONE)
