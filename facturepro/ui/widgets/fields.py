"""Every control of a form, in one place to import from."""

from facturepro.ui.widgets.checkbox import CheckBox, RadioButton, Switch
from facturepro.ui.widgets.date_field import DateField
from facturepro.ui.widgets.form import FormField, Message
from facturepro.ui.widgets.inputs import ChoiceField, SearchField, TextArea, TextField
from facturepro.ui.widgets.number_fields import DecimalField, MoneyField
from facturepro.ui.widgets.segmented import Segmented

__all__ = [
    "CheckBox",
    "ChoiceField",
    "DateField",
    "DecimalField",
    "FormField",
    "Message",
    "MoneyField",
    "RadioButton",
    "SearchField",
    "Segmented",
    "Switch",
    "TextArea",
    "TextField",
]
