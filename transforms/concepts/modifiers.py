"""Modifiers: organs before a finding, which stay where they are when it is denied: "no bone or bladder invasion"."""

from transforms.concepts.cues import compiled
from transforms.concepts.scopes import Scope

_ORGAN = (
    r"(?:(?:bone|bladder|liver|lung|kidney|brain|heart|spleen|pancreas|skin|breast|stomach|colon|bowel|rectum|rectal|"
    r"prostate|uterus|ovary|thyroid|parotid|pleura|pericardium|peritoneum|diaphragm|mediastinum|chest|abdomen|pelvis|"
    r"lymph node|nodal|vein|venous|artery|arterial|vessel|vascular|nerve|muscle|tendon|joint|spine|skull|orbit|sinus|"
    r"cord|spinal cord|hilum|trachea|esophagus|oesophagus|gallbladder|bile duct|ureter|ureteral|urethra|"
    r"(?!bacteri|vir|fung|tumou?r|abnorm)[a-z]{3,}(?:al|ar|ary))"
    r"(?: (?:wall|marrow|cortex|parenchyma|tissue|vessel|space|capsule|duct|root|stem))?)"
)
_FINDING = (
    r"(?:invasion|involvement|infiltrat(?:ion|es?)|metastas[ei]s|extension|spread|compression|encasement|displacement|"
    r"injur(?:y|ies)|damage|lesions?|abnormalit(?:y|ies)|mass(?:es)?|nodules?|cysts?|stones?|tumou?rs?|cancers?|"
    r"fractures?|thrombosis|enlargement|thickening|erosions?|destruction|dysfunction|disease|obstruction|dilata?tion|"
    r"perforation|rupture|tears?|narrowing|widening|atrophy|ha?emorrhage|bleeding|infarct(?:s|ion)?|ischa?emia|infections?|"
    r"abscess(?:es)?|inflammation|o?edema|swelling|tenderness|pain|deformity|effusions?)\b"
)
#: The last of several organs may be an adjective: "no liver or peritoneal metastases".
_MODIFIERS = compiled(
    rf"\b{_ORGAN}(?:(?: ?, (?:(?:or|and|nor) )?| (?:or|and|nor) )(?:{_ORGAN}|\w+(?:al|ar|ic)))* (?={_FINDING})"
)
#: How far behind the end of a scope a finding is looked for.
_AHEAD = 60


def without_organs(text: str, scope: Scope) -> list[Scope]:
    """The parts of a scope in which an organ alone is not reached, but the finding that it modifies is."""
    parts = []
    for organs in _MODIFIERS.finditer(text, scope.begin, min(scope.limit, scope.end + _AHEAD)):
        if organs.start() >= scope.end:
            break
        parts.append(scope._replace(end=organs.start()))
        parts.append(Scope(organs.start(), min(organs.end(), scope.end), scope.limit, organs.end()))
        scope = scope._replace(begin=min(organs.end(), scope.end))
    return [*parts, scope]
