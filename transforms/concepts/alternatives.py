"""Alternatives: whether "A versus B" leaves open which of two diagnoses it is, or compares two groups."""

from transforms.concepts.cues import compiled
from transforms.concepts.scopes import Scope

#: How far around them words of a comparison are looked for.
_CHARACTERS = 300
#: How the names of diagnoses end.
_DIAGNOSIS = compiled(
    r"\b\w*(?:omas?|omata|itis|itides|[aeio]sis|[aei]ses|[ae]mia|pathy|pathies|plasms?|plasia|pno?ea|oid|cysts?|"
    r"abscess(?:es)?|infarct(?:s|ion)?|ha?emorrhages?|o?edema|tumou?rs?|fractures?|embol\w+|thromb\w+|cancers?|"
    r"malignancy|failure|distress|tears?|ulcers?|infections?|diseases?|syndromes?|dissection|scars?|recurrence|"
    r"inflammation|pneumonia|contusions?|hernias?|sequela|art[ei]facts?|aneurysms?|effusions?|atelectasis|consolidation|"
    r"polyps?|vegetations?|stones?|calculus|demyelination|defects?|malformations?|anomal(?:y|ies)|fistulae?|sequestrations?|"
    r"coarctation|malrotation|atresia|duplications?|diverticul(?:um|a)|topia|ectasia|cephaly|gyria|dactyly|schisis|"
    r"celes?|volvulus|torsion|intussusception|obstruction|perforation|rupture|ischa?emia|othorax)\b|"
    # an anomaly that its adjective names
    r"\b(?:\w*cornuate|\w*septate|arcuate|didelph\w+|horseshoe|duplex|bifid|ectopic|accessory|annular|bicuspid|aberrant|"
    r"anomalous|interrupted|supernumerary|hypoplastic|dysplastic|congenital) \w"
)
#: Words of a comparison: in it, "A versus B" leaves nothing open.
_COMPARISON = compiled(
    r"\b(?:compar\w+|survival|curves?|roc|expression|express\w*|differen\w+|patients|groups?|mice|rats|p ?[<=>]|"
    r"levels?|percentage|number|fold|plots?|cohort|samples?|controls?|n ?=|genes?|incidence|rates?|prevalence|"
    r"distribution|heat ?map)\b"
)


def are_diagnoses(text: str, left: Scope, right: Scope) -> bool:
    """Whether two diagnoses are weighed ("lymphoma versus abscess"), and not two groups compared."""
    sides = (text[left.begin : left.end], text[right.begin : right.end])
    begin = max(left.begin - _CHARACTERS, 0)
    begin = max(text.rfind(". ", begin, left.begin), begin)
    end = text.find(". ", right.end, right.end + _CHARACTERS)
    end = right.end + _CHARACTERS if end < 0 else end
    return all(map(_DIAGNOSIS.search, sides)) and not _COMPARISON.search(text, begin, end)
