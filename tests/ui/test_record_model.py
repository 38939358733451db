"""Record model and list: keyset fetching, refresh, checks, order, columns, keyboard, speed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest

from facturepro.ui.models.cells import Cell, ColumnSpec
from facturepro.ui.models.records import PAGE, RecordModel
from facturepro.ui.widgets.listview import RecordList

COLUMNS = (
    ColumnSpec("number", "Numéro", 126, sortable=True),
    ColumnSpec("client", "Client", kind="strong"),
    ColumnSpec("issued", "Date", 63, kind="date", priority=3, sortable=True),
    ColumnSpec("due", "Échéance", 74, kind="due", priority=2),
    ColumnSpec("status", "Statut", 150, kind="chip"),
    ColumnSpec("left", "Reste dû", 112, kind="money", priority=4, shown=False),
    ColumnSpec("total", "Total TTC", 96, kind="money", sortable=True),
)


@dataclass(frozen=True)
class Row:
    id: int
    number: str
    client: str
    issued: date
    due: Any
    status: Cell
    left: Decimal
    total: Any


def make(position: int) -> Row:
    return Row(
        id=position,
        number=f"FA-2026-A{position:06}",
        client=f"Client {position}",
        issued=date(2026, 11, 20),
        due=Cell(date(2026, 12, 20), late=position % 7 == 0),
        status=Cell("À encaisser", chip="info", icon="status.open"),
        left=Decimal(0),
        total=Decimal(position) / 100,
    )


class Source:
    """Rows 0..count-1, the newest (highest) first, made when they are asked for."""

    def __init__(self, count: int) -> None:
        self.top = count
        self.changed: dict[int, Row] = {}
        self.gone: set[int] = set()
        self.calls: list[tuple[Any, int]] = []
        self.id_calls: list[list[int]] = []
        self.order: tuple[str, bool] = ("number", True)

    def fetch(self, after: Any | None, limit: int) -> tuple[Sequence[Row], Any | None]:
        self.calls.append((after, limit))
        rows: list[Row] = []
        ascending = not self.order[1]
        position = (0 if ascending else self.top - 1) if after is None else after + (1 if ascending else -1)
        while len(rows) < limit and 0 <= position < self.top:
            if position not in self.gone:
                rows.append(self.changed.get(position) or make(position))
            position += 1 if ascending else -1
        return rows, (rows[-1].id if rows and 0 <= position < self.top else None)

    def fetch_ids(self, ids: Sequence[int]) -> Sequence[Row]:
        self.id_calls.append(list(ids))
        return [self.changed.get(i) or make(i) for i in ids if i not in self.gone]

    def sort_by(self, key: str, descending: bool) -> None:
        self.order = (key, descending)


class Settings:
    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def get(self, key: str, default: Any = None) -> Any:
        return self.values.get(key, default)

    def set(self, key: str, value: Any) -> None:
        self.values[key] = value


@pytest.fixture
def model(qapp) -> RecordModel:
    made = RecordModel(COLUMNS, Source(1000))
    made.tester = watch(made)  # fetches when it is made
    made.set_source(Source(1000))
    return made


def watch(model: RecordModel) -> QAbstractItemModelTester:
    """Qt's own check of the rules of models: it aborts the process. It must not fetch by itself."""
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    tester.setUseFetchMore(False)
    return tester


def source_of(model: RecordModel) -> Source:
    return model._source


@pytest.fixture
def view(qtbot, model) -> RecordList:
    rows = RecordList(model, "invoices", "Factures")
    qtbot.addWidget(rows)
    rows.resize(760, 400)
    with qtbot.waitExposed(rows):
        rows.show()
    return rows


# -------------------------------------------------------------------- model


def test_one_page_at_first_then_one_more_at_a_time(model) -> None:
    assert model.rowCount() == PAGE
    assert source_of(model).calls == [(None, PAGE)]
    model.fetchMore()
    assert model.rowCount() == 2 * PAGE
    assert source_of(model).calls[1] == (900, PAGE)
    while model.canFetchMore():
        model.fetchMore()
    assert model.rowCount() == 1000
    assert [model.id_at(row) for row in range(1000)] == list(range(999, -1, -1))


def test_two_hundred_thousand_rows_are_paged_quickly(qapp) -> None:
    model = RecordModel(COLUMNS, Source(200_000))
    pages = 1
    while model.canFetchMore():
        model.fetchMore()
        pages += 1
    assert (model.rowCount(), pages) == (200_000, 2000)
    assert model.id_at(199_999) == 0
    started = time.perf_counter()
    model.refresh_ids([5, 100_000])
    assert time.perf_counter() - started < 0.05
    model.check_all()
    assert len(model.checked_ids()) == 200_000


def test_two_hundred_thousand_rows_hold_the_rules_of_models(qapp) -> None:
    # Qt's tester asks for every cell after each change: one column keeps that to seconds.
    source = Source(200_000)
    model = RecordModel(COLUMNS[1:2], source, checkable=False, page=50_000)
    while model.canFetchMore():
        model.fetchMore()
    tester = watch(model)
    assert tester.model() is model
    source.top += 2
    model.refresh_top()
    assert (model.rowCount(), model.row_of(0)) == (200_002, 200_001)


def test_texts_and_what_is_spoken(model) -> None:
    index = model.index(0, model.column_of("total"))
    assert index.data() == "9,99\u00a0€"
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Total TTC : 9,99\u00a0€"
    assert model.headerData(model.column_of("due"), Qt.Orientation.Horizontal) == "Échéance"
    assert model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "non cochée"


def test_refresh_touches_only_the_rows_asked_for(model, qtbot) -> None:
    source = source_of(model)
    source.changed[990] = replace(make(990), client="Nouveau nom")
    touched: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: touched.append((first.row(), last.row())))
    calls = len(source.calls)
    model.refresh_ids([990, 991, 3])  # 991 is unchanged, 3 has not been fetched
    assert source.id_calls == [[990, 991]]
    assert touched == [(9, 9)]
    assert model.index(9, model.column_of("client")).data() == "Nouveau nom"
    assert len(source.calls) == calls


def test_refresh_drops_rows_that_left_the_list(model) -> None:
    model.set_checked([995], True)
    source_of(model).gone.add(995)
    model.refresh_ids([995])
    assert model.row_of(995) == -1
    assert model.rowCount() == PAGE - 1
    assert model.checked_ids() == []
    assert model.row_of(994) == 4


def test_new_rows_come_in_at_the_top_with_one_page(model) -> None:
    source = source_of(model)
    source.top = 1003
    source.calls.clear()
    prepended: list[int] = []
    resets: list[int] = []
    model.rows_prepended.connect(prepended.append)
    model.modelReset.connect(lambda: resets.append(1))
    model.refresh_top()
    assert source.calls == [(None, PAGE)]
    assert (prepended, resets) == ([3], [])
    assert [model.id_at(row) for row in range(4)] == [1002, 1001, 1000, 999]
    assert model.row_of(900) == 102
    model.fetchMore()
    assert model.id_at(103) == 899


def test_a_hole_at_the_top_falls_back_to_a_reload(model) -> None:
    model.fetchMore()
    source_of(model).gone.add(998)
    model.refresh_top()
    assert model.row_of(998) == -1
    assert model.row_of(997) == 1
    source_of(model).top = 5000
    model.refresh_top()
    assert model.id_at(0) == 4999


def test_checks_are_tri_state(model) -> None:
    assert model.check_state() == Qt.CheckState.Unchecked
    model.set_checked([999, 997], True)
    assert model.check_state() == Qt.CheckState.PartiallyChecked
    assert model.checked_ids() == [999, 997]
    model.check_all()
    assert model.check_state() == Qt.CheckState.Checked
    assert model.everything_checked()
    model.fetchMore()
    assert len(model.checked_ids()) == 2 * PAGE
    model.set_checked([950], False)
    assert not model.everything_checked()
    assert model.check_state() == Qt.CheckState.PartiallyChecked
    assert model.setData(model.index(49, 0), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    assert 950 in model.checked_ids()


def test_wrong_columns_fail_early() -> None:
    with pytest.raises(ValueError, match="kind"):
        ColumnSpec("a", "A", kind="picture")
    assert ColumnSpec("a", "A", kind="money").align == "right"


def test_cells_as_people_read_them() -> None:
    assert Cell(Decimal("-8888.88")).text("money") == "\u22128\u202f888,88\u00a0€"
    assert Cell(None).text("due") == "—"
    assert Cell(date(2026, 11, 8)).text("date") == "8 nov."
    assert Cell("Panneau", second="PAN-27").spoken("two_line") == "Panneau, PAN-27"


# -------------------------------------------------------------------- list


def key(view: RecordList, code: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(view, code, modifier)


def test_keyboard_moves_checks_and_opens(qtbot, view) -> None:
    opened: list[Any] = []
    current: list[Any] = []
    view.opened.connect(opened.append)
    view.current_changed.connect(current.append)
    view.setFocus()
    key(view, Qt.Key.Key_Down)
    key(view, Qt.Key.Key_Down)
    key(view, Qt.Key.Key_Space)
    key(view, Qt.Key.Key_Return)
    assert current == [999, 998]
    assert view.checked_ids() == [998]
    assert opened == [998]
    key(view, Qt.Key.Key_Down)
    key(view, Qt.Key.Key_Down)
    key(view, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    assert view.checked_ids() == [998, 997, 996]
    key(view, Qt.Key.Key_Escape)
    assert view.checked_ids() == []
    key(view, Qt.Key.Key_End)
    assert view.current_id() == 900
    key(view, Qt.Key.Key_Home)
    assert view.current_id() == 999
    key(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert view.records().everything_checked()


def centre(view: RecordList, row: int, column: int) -> QPoint:
    return view.visualRect(view.records().index(row, column)).center()


def test_pointer_checks_hovers_and_makes_current(qtbot, view, each_theme) -> None:
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=centre(view, 2, 0))
    assert view.checked_ids() == [997]
    assert view.current_id() is None
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=centre(view, 3, 2))
    assert view.current_id() == 996
    QTest.mouseMove(view.viewport(), centre(view, 5, 3))
    view.show_hover(5)
    picture = view.viewport().grab().toImage()

    def colour(row: int, x: int):
        return picture.pixelColor(x, centre(view, row, 0).y())

    assert colour(5, 755) == each_theme.color("hover")  # the whole row, up to its right edge
    assert colour(5, 3) == each_theme.color("hover")
    assert colour(2, 755) == each_theme.color("selected")
    assert colour(3, 1) == each_theme.color("accent")
    assert colour(4, 3) == each_theme.color("surface_2")
    assert view.rowHeight(0) == 36
    assert view.horizontalHeader().height() == 32


def test_header_checks_all_and_sorts(qtbot, view) -> None:
    header = view.horizontalHeader()

    def click(column: int) -> None:
        at = QPoint(header.sectionViewportPosition(column) + 20, 16)
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)

    click(0)
    assert view.records().check_state() == Qt.CheckState.Checked
    click(0)
    assert view.checked_ids() == []
    number = view.records().column_of("number")
    click(number)
    assert source_of(view.records()).order == ("number", False)
    assert view.records().id_at(0) == 0
    click(number)
    assert view.records().id_at(0) == 999
    click(view.records().column_of("client"))  # not sortable
    assert view.records().sort_state() == ("number", True)


def test_rows_are_fetched_while_scrolling(qtbot, view) -> None:
    assert view.records().rowCount() == PAGE
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: view.records().rowCount() >= 2 * PAGE)


def test_new_rows_do_not_move_what_one_reads(qtbot, view) -> None:
    view.set_current_id(950)
    view.verticalScrollBar().setValue(30 * 36)
    source_of(view.records()).top = 1002
    view.records().refresh_top()
    assert view.current_id() == 950
    assert view.verticalScrollBar().value() == 32 * 36
    view.records().reload()
    assert view.current_id() == 950
    assert view.verticalScrollBar().value() == 32 * 36


def test_reload_without_the_current_row_says_so(qtbot, view) -> None:
    view.set_current_id(990)
    source_of(view.records()).gone.add(990)
    with qtbot.waitSignal(view.current_changed) as caught:
        view.records().reload()
    assert caught.args == [None]
    assert view.current_id() is None


def test_narrow_lists_drop_columns_and_never_squeeze(qtbot, view) -> None:
    assert view.visible_columns() == ["number", "client", "issued", "due", "status", "total"]
    view.resize(660, 400)
    assert view.visible_columns() == ["number", "client", "due", "status", "total"]
    view.resize(560, 400)
    assert view.visible_columns() == ["number", "client", "status", "total"]
    widths = {key: view.columnWidth(view.records().column_of(key)) for key in view.visible_columns()}
    assert (widths["number"], widths["status"], widths["total"]) == (126, 150, 96)
    assert sum(widths.values()) + 36 == view.viewport().width()
    view.resize(1000, 400)
    assert "issued" in view.visible_columns()


def test_columns_and_order_are_remembered(qtbot, model) -> None:
    settings = Settings()
    first = RecordList(model, "invoices", settings=settings)
    qtbot.addWidget(first)
    first.resize(1000, 300)
    first.show()
    first.show_column("left", True)
    first.show_column("issued", False)
    first.horizontalHeader().resizeSection(model.column_of("status"), 180)
    first.horizontalHeader().widths_changed.emit()
    first._sort_clicked(model.column_of("total"))
    second = RecordList(RecordModel(COLUMNS, Source(50)), "invoices", settings=settings)
    qtbot.addWidget(second)
    second.resize(1000, 300)
    second.show()
    assert second.visible_columns() == ["number", "client", "due", "status", "left", "total"]
    assert second.columnWidth(model.column_of("status")) == 180
    assert second.records().sort_state() == ("total", True)


def test_chooser_protects_the_columns_that_always_stay(qtbot, view) -> None:
    rows = {row.text(): row for row in view.column_menu().rows()}
    assert not rows["Numéro"].isEnabled()
    assert rows["Date"].isChecked()
    rows["Date"].click()
    assert "issued" not in view.visible_columns()
    rows["Reste dû"].click()
    view.resize(1000, 400)
    assert "left" in view.visible_columns()


def test_painting_does_not_depend_on_the_number_of_rows(qtbot) -> None:
    def cost(count: int) -> float:
        model = RecordModel(COLUMNS, Source(count), page=count)
        rows = RecordList(model, "speed")
        qtbot.addWidget(rows)
        rows.resize(1000, 700)
        rows.show()
        rows.verticalScrollBar().setValue(rows.verticalScrollBar().maximum() // 2)
        rows.grab()
        best = min(_timed(rows.viewport().grab) for _ in range(5))
        rows.hide()
        return best

    small, large = cost(200), cost(200_000)
    assert large < 3 * small + 0.005
    assert large < 0.1


def _timed(action) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def test_scroll_bar_is_twelve_wide_and_below_the_header(qtbot, view) -> None:
    bar = view._bar
    assert bar.width() == 12
    assert bar.geometry().right() == view.viewport().geometry().right()
    assert bar.y() >= 32
    bar.setValue(100)
    assert view.verticalScrollBar().value() == 100
