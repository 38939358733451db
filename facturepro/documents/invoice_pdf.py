"""PDF of a document: A4, three layouts, the same bytes for the same content on every run.

``render_invoice`` gives the plain PDF (preview, draft, print); ``facturepro.documents.pdfa.render_issued`` makes the
PDF/A-3b with the e-invoice inside out of it.
"""

from io import BytesIO
from typing import Any

from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from facturepro.documents import fonts
from facturepro.documents.content import InvoiceContent
from facturepro.documents.layout import PAGE_HEIGHT, PAGE_WIDTH, Layout
from facturepro.documents.layout_dense import DenseLayout
from facturepro.documents.layout_moderne import ModerneLayout
from facturepro.documents.layout_sobre import SobreLayout
from facturepro.documents.lines_table import LinesTable
from facturepro.documents.sketch import Drawn

_LAYOUTS: dict[str, type[Layout]] = {"sobre": SobreLayout, "moderne": ModerneLayout, "dense": DenseLayout}
rl_config.useA85 = 0  # streams as bytes, not as text: files smaller by a fifth, and drawn quicker
GAP = 14  # between the totals and the payment block, at least


def render_invoice(content: InvoiceContent, duplicate: bool = False) -> bytes:
    """The document as PDF bytes. A content without number is drawn as a draft.

    Raises:
        UserError: ``logo_invalid``.
    """
    fonts.register_all()
    layout = _LAYOUTS[content.layout](content, duplicate)
    story = _story(layout)
    target = BytesIO()
    document = BaseDocTemplate(
        target,
        pagesize=(PAGE_WIDTH, PAGE_HEIGHT),
        title=f"{layout.words.title(content)} {layout.number_or_draft()}",
        author=content.seller.name,
        creator="FacturePro",
        producer="FacturePro",
        lang=content.language,
        invariant=1,
        pageCompression=1,
        initialFontName=fonts.REGULAR,
    )
    document.addPageTemplates(_page_templates(layout))
    document.build(story, canvasmaker=_canvas_maker(layout))
    return target.getvalue()


def _story(layout: Layout) -> list[Flowable]:
    header = Drawn(layout.header())  # first: it finds the place of missing mentions
    closing, payment = Drawn(layout.closing()), Drawn(layout.payment(), at_bottom=True, before=GAP)
    notes = [Drawn(sketch) for sketch in layout.notes()]
    keep_after = closing.sketch.height + payment.sketch.height + GAP + sum(note.sketch.height for note in notes[:1])
    return [header, LinesTable(layout.table(keep_after)), closing, *notes, payment]


def _page_templates(layout: Layout) -> list[PageTemplate]:
    def frame(top: float) -> Frame:
        height = layout.flow_bottom - top
        padding = {"leftPadding": 0, "rightPadding": 0, "topPadding": 0, "bottomPadding": 0}
        return Frame(layout.left, PAGE_HEIGHT - layout.flow_bottom, layout.width, height, **padding)

    def ground(canvas: Any, document: Any) -> None:
        layout.page_ground(canvas)
        if document.page > 1:
            layout.draw_continuation(canvas)

    first = PageTemplate("first", [frame(layout.top)], onPage=ground, autoNextPageTemplate="later")
    return [first, PageTemplate("later", [frame(layout.later_top)], onPage=ground)]


def _canvas_maker(layout: Layout) -> Any:
    """A canvas that keeps its pages until their number is known, then writes the footers."""

    class PagedCanvas(Canvas):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            options["initialFontName"] = rl_config.canvas_basefontname
            super().__init__(*arguments, **options)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:
            self._pages.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, state in enumerate(self._pages, start=1):
                self.__dict__.update(state)
                layout.draw_footer(self, number, len(self._pages))
                super().showPage()
            super().save()

    return PagedCanvas
