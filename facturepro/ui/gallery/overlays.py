"""What floats or interrupts: menu, tool tip, filters, keys, notice, long work, banner."""

import time

from facturepro.ui.gallery.canvas import Canvas
from facturepro.ui.widgets.banner import Banner
from facturepro.ui.widgets.chips import AddFilterButton, FilterChip
from facturepro.ui.widgets.drawing import force_state
from facturepro.ui.widgets.keycap import KeyCap
from facturepro.ui.widgets.labels import Link
from facturepro.ui.widgets.menu import Menu
from facturepro.ui.widgets.progress import ProgressPanel
from facturepro.ui.widgets.task import LongTask
from facturepro.ui.widgets.toast import Toast
from facturepro.ui.widgets.tooltips import ToolTipView


def add(sheet: Canvas) -> None:
    sheet.section(656, 516, "Menu : ligne 32, rayon 8, ombre unique ; info-bulle ; filtre ; clavier")
    _menu(sheet)
    sheet.put(ToolTipView("Synchronisé à 11:42, 3 ordinateurs"), 912, 557)
    sheet.put(FilterChip("Client", "Menuiserie Le Goff"), 912, 593)
    sheet.put(AddFilterButton(), 912, 633)
    sheet.put(KeyCap("Ctrl"), 912, 673)
    sheet.put(KeyCap("K"), 949, 673)
    sheet.put(Link("Lien"), 912, 705)
    hovered = sheet.put(Link("au survol"), 946, 705)
    force_state(hovered, "hover")
    _notices(sheet)


def _menu(sheet: Canvas) -> None:
    menu = Menu(sheet)
    first = menu.add("Dupliquer", "action.duplicate", shortcut="Ctrl+D")
    menu.add("Créer un avoir", "action.credit")
    menu.add("Imprimer", "action.print", shortcut="Ctrl+P")
    menu.add_separator()
    menu.add("Supprimer le brouillon", "action.delete", danger=True)
    menu.set_current(first)
    margin = menu.MARGIN
    menu.setMinimumWidth(0)
    menu.setGeometry(656 - margin, 557 - margin, 232 + 2 * margin, 147 + 2 * margin)
    menu.show()


def _notices(sheet: Canvas) -> None:
    sheet.section(32, 839, "Avis passager avec retour : hauteur 48, rayon 8, 6 s, en bas au centre de la page")
    toast = Toast(sheet, "Client Brasserie du Canal supprimé", "Annuler", lambda: None, "action.delete", duration=10**9)
    margin = toast.MARGIN
    toast.setGeometry(32 - margin, 880 - margin, 389 + 2 * margin, 48 + 2 * margin)
    sheet.section(32, 948, "Travail long : panneau 376, en bas à droite ; la fenêtre reste utilisable")
    panel = ProgressPanel(
        sheet,
        LongTask(lambda _control: None),
        "1\u202f000 factures en PDF",
        "action.pdf",
        "Annuler retire les fichiers déjà faits.",
    )
    panel._started = time.monotonic() - 16.9  # so that the picture says "encore 24 s"
    panel._show_progress(412, 1000, "")
    panel.adjustSize()
    panel.move(32 - margin, 989 - margin)
    panel.show()
    sheet.section(32, 1143, "Bandeau (rare) : une phrase, une action")
    text = "Le seuil de franchise de TVA est proche : 82\u202f410\u00a0€ sur 85\u202f000\u00a0€."
    sheet.put(Banner(text, "Comprendre"), 32, 1184, 592, 48)
