"""The style sheet, for the parts that Qt draws itself: inputs, menus, tables, scroll bars, tool tips.

Controls with more shape than that (buttons, chips, check boxes, tabs) paint themselves from the theme. Every value
comes from the tokens; the states "error" and "warning" of an input are the dynamic property ``fpState``.
"""

import re

from facturepro.ui.theme import Theme

_TEMPLATE = """
QWidget { selection-background-color: @accent; selection-color: @on_accent; }
QMainWindow, QDialog { background: @surface_2; }
QToolTip {
    background: @toast_bg; color: @toast_text; border: 0; border-radius: 4px; padding: 4px 8px; font-size: 12px;
}

QAbstractScrollArea { border: 0; }
QLineEdit, QPlainTextEdit, QTextEdit {
    background: @surface_2; color: @text; border: 1px solid @border_input; border-radius: @r_control;
    padding: 0 8px; placeholder-text-color: @text_3;
}
QPlainTextEdit, QTextEdit { padding: 2px 4px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus { border-color: @focus; }
QLineEdit[fpState="error"], QPlainTextEdit[fpState="error"] { border-color: @danger; }
QLineEdit[fpState="warning"], QPlainTextEdit[fpState="warning"] { border-color: @warning; }
QLineEdit[readOnly="true"] { background: @surface_1; color: @text_2; border-color: @separator; }
QLineEdit:disabled, QPlainTextEdit:disabled {
    background: @surface_1; color: @text_disabled; border-color: @separator;
}
QLineEdit[fpBare="true"], QPlainTextEdit[fpBare="true"] { border: 0; background: transparent; padding: 0; }

QMenu {
    background: @surface_2; border: 1px solid @border; border-radius: @r_panel; padding: 4px; icon-size: 16px;
}
QMenu::item { height: @nav_row; padding: 0 12px 0 10px; border-radius: @r_control; color: @text; }
QMenu::item:selected { background: @selected; }
QMenu::item:disabled { color: @text_disabled; background: transparent; }
QMenu::icon { padding-left: 10px; }
QMenu::separator { height: 1px; background: @separator; margin: 4px 8px; }

QAbstractItemView {
    background: @surface_2; color: @text; border: 0; outline: 0;
    selection-background-color: @selected; selection-color: @text;
}
QComboBox QAbstractItemView::item { border-radius: @r_control; padding: 0 7px; color: @text; }
QComboBox QAbstractItemView::item:selected { background: @selected; }
QComboBox QAbstractItemView { border: 1px solid @border; border-radius: @r_panel; padding: 4px; }
QHeaderView { background: @surface_1; border: 0; }
QTableCornerButton::section { background: @surface_1; border: 0; }

QScrollBar:vertical { background: transparent; width: @scrollbar; margin: 0; }
QScrollBar:horizontal { background: transparent; height: @scrollbar; margin: 0; }
QScrollBar::handle { background: @scroll_thumb; border-radius: 3px; }
QScrollBar::handle:vertical { min-height: 32px; margin: 3px; }
QScrollBar::handle:horizontal { min-width: 32px; margin: 3px; }
QScrollBar::handle:hover { background: @border_input; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QSplitter::handle { background: @separator; }
QProgressBar {
    background: @pressed; border: 0; border-radius: 2px; max-height: @progress_bar; min-height: @progress_bar;
}
QProgressBar::chunk { background: @accent; border-radius: 2px; }

QCalendarWidget QWidget { background: @surface_2; color: @text; alternate-background-color: @surface_1; }
QCalendarWidget QToolButton {
    border: 0; border-radius: @r_control; padding: 4px 8px; color: @text; background: transparent; icon-size: 14px;
}
QCalendarWidget QToolButton:hover { background: @hover; }
QCalendarWidget QToolButton::menu-indicator { image: none; }
#calendarPopup { background: @surface_2; border: 1px solid @border; border-radius: @r_panel; }
QCalendarWidget QAbstractItemView { selection-background-color: @accent; selection-color: @on_accent; }
"""
_SIZES = ("nav_row", "scrollbar", "progress_bar", "control")
_RADII = ("control", "panel")


def build_sheet(theme: Theme) -> str:
    """The style sheet of a theme."""
    values = {f"r_{name}": f"{theme.radius(name)}px" for name in _RADII}
    values |= {name: f"{theme.size(name)}px" for name in _SIZES}
    return re.sub(r"@(\w+)", lambda match: values.get(match[1]) or theme.hex(match[1]), _TEMPLATE)
