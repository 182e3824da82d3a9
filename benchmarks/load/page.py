"""A page as its browser tab holds it: elements by place, and the widgets among them."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ButtonGroup_pb2 import ButtonGroup
from streamlit.proto.Common_pb2 import UploadedFileInfo
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NumberInput_pb2 import NumberInput
from streamlit.proto.WidgetStates_pb2 import WidgetState

EVENTS = "$$STREAMLIT_INTERNAL_KEY_{}__events"
Path = tuple[int, ...]


@dataclass(frozen=True)
class Widget:
    """An element with a value: its kind and message, and the hash of the script that drew it."""

    kind: str
    proto: Any
    script: str

    @property
    def id(self) -> str:
        """Its id, the same from run to run."""
        return str(self.proto.id)


def _labels(group: Any) -> list[str]:
    return [option.content for option in group.options]


def _chosen(proto: Any, labels: list[str]) -> list[str]:
    """What a choice of several shows when it is drawn."""
    if proto.set_value:
        return list(proto.raw_values)
    return [labels[index] for index in proto.default]


def _one(select: Any) -> str | None:
    if select.set_value:
        return str(select.raw_value)
    return select.options[select.default] if select.HasField("default") else None


# What a widget shows when it is drawn, by its element's kind.
DRAWN: Mapping[str, Callable[[Any], Any]] = {
    "button_group": lambda it: _chosen(it, _labels(it)),
    "multiselect": lambda it: _chosen(it, list(it.options)),
    "selectbox": _one,
    "radio": _one,
    "number_input": lambda it: it.value if it.set_value else it.default,
    "slider": lambda it: list(it.value if it.set_value else it.default),
    "checkbox": lambda it: it.value if it.set_value else it.default,
    "text_input": lambda it: it.value if it.set_value else it.default,
    "file_uploader": lambda it: [],
    "bidi_component": lambda it: {},
}
# Elements without a value of their own that can be clicked.
CLICKED = ("button", "download_button")


@dataclass
class Page:
    """What a tab shows and would tell the server."""

    elements: dict[Path, tuple[str, Any]] = field(default_factory=dict)
    widgets: dict[str, Widget] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    query: dict[str, list[str]] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)  # hash by title
    current: str = ""
    main: str = ""
    session: str = ""
    _seen: set[str] = field(default_factory=set)
    _drawn: set[Path] = field(default_factory=set)

    def begin(self) -> None:
        """A run has begun: what it does not draw again goes at its end."""
        self._seen.clear()
        self._drawn.clear()

    def take(self, message: ForwardMsg) -> None:
        """Take what the server says of the page."""
        match message.WhichOneof("type"):
            case "new_session":
                self.session = message.new_session.initialize.session_id or self.session
                self.main = message.new_session.main_script_hash or self.main
            case "navigation":
                self.pages = {
                    page.page_name: page.page_script_hash for page in message.navigation.app_pages
                }
                self.current = message.navigation.page_script_hash or self.current
            case "page_info_changed":
                self.query = parse_qs(message.page_info_changed.query_string)
            case "delta":
                self._draw(message)

    def _draw(self, message: ForwardMsg) -> None:
        path: Path = tuple(message.metadata.delta_path)
        if message.delta.WhichOneof("type") != "new_element":
            return
        element = message.delta.new_element
        kind = str(element.WhichOneof("type"))
        proto = getattr(element, kind)
        self.elements[path] = (kind, proto)
        self._drawn.add(path)
        if kind in DRAWN or kind in CLICKED:
            widget = Widget(kind, proto, message.metadata.active_script_hash)
            self.widgets[widget.id] = widget
            self._seen.add(widget.id)
            if kind in DRAWN and (
                widget.id not in self.values or getattr(proto, "set_value", False)
            ):
                self.values[widget.id] = DRAWN[kind](proto)

    def end(self, *, whole: bool) -> None:
        """A run has ended; after that of a whole script, what it did not draw is gone."""
        if not whole:
            return
        for path in self.elements.keys() - self._drawn:
            del self.elements[path]
        for gone in self.widgets.keys() - self._seen:
            del self.widgets[gone]
        for gone in self.values.keys() - self._seen:
            del self.values[gone]

    def leave(self, title: str) -> None:
        """Turn to another page: the widgets of this one, and what they said, stay behind."""
        bound = {getattr(it.proto, "query_param_key", "") for it in self.widgets.values()}
        self.query = {name: values for name, values in self.query.items() if name in bound}
        common = {id for id, widget in self.widgets.items() if widget.script == self.main}
        self.values = {id: value for id, value in self.values.items() if id in common}
        self.elements.clear()
        self.current = self.pages[title]

    def put(self, widget: Widget, value: Any) -> None:
        """Give a widget a value; the address says it where it is not the usual one."""
        self.values[widget.id] = value
        if name := getattr(widget.proto, "query_param_key", ""):
            usual = type(widget.proto)()
            usual.CopyFrom(widget.proto)
            usual.set_value = False
            if value == DRAWN[widget.kind](usual):
                self.query.pop(name, None)
            else:
                self.query[name] = [
                    str(it) for it in (value if isinstance(value, list) else [value])
                ]

    def choose_file(self, file: str, name: str) -> None:
        """Have the page's uploader say that a file has been uploaded (Tab.upload)."""
        for widget in self.widgets.values():
            if widget.kind == "file_uploader":
                self.values[widget.id] = [UploadedFileInfo(file_id=file, name=name)]

    def components(self) -> Iterator[tuple[Widget, dict[str, Any]]]:
        """The components on the page, each with its data."""
        for widget in self.widgets.values():
            if widget.kind == "bidi_component":
                proto = widget.proto
                text = proto.json if proto.WhichOneof("data") == "json" else proto.mixed.json
                yield widget, json.loads(text or "{}")

    def shown(self) -> dict[str, str]:
        """What the live views, tile grids and charts show, by id."""
        components = {widget.id: json.dumps(data) for widget, data in self.components()}
        charts = {it.id: it.spec for kind, it in self.elements.values() if kind == "plotly_chart"}
        return components | charts

    def titled(self) -> str:
        """The page's title."""
        headings = [it.body for kind, it in self.elements.values() if kind == "heading"]
        return str(headings[0]) if headings else ""

    def rerun(self, trigger: Mapping[str, Any] | None = None, fragment: str = "") -> BackMsg:
        """The message that asks for a run; `trigger` are values for this once, by widget id."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string = urlencode(self.query, doseq=True)
        state.page_script_hash = self.current
        state.fragment_id = fragment
        state.widget_states.SetInParent()
        state.context_info.timezone = "UTC"
        state.context_info.locale = "en-US"
        state.context_info.color_scheme = "light"
        for id, value in self.values.items():
            kind = self.widgets[id].kind
            if kind != "bidi_component" or value:
                _say(state.widget_states.widgets.add(id=id), kind, self.widgets[id].proto, value)
        for id, value in (trigger or {}).items():
            if value is True:
                state.widget_states.widgets.add(id=id).trigger_value = True
            else:
                event = [{"event": name, "value": it} for name, it in value.items()]
                told = state.widget_states.widgets.add(id=EVENTS.format(id))
                told.json_trigger_value = json.dumps(event)
        return message


def _say(state: WidgetState, kind: str, proto: Any, value: Any) -> None:
    """Put a value into a message, as widgets of its kind do."""
    match kind:
        case "button_group" | "multiselect":
            state.string_array_value.data.extend(value)
        case "selectbox" | "radio" | "text_input":
            if value is not None:
                state.string_value = value
        case "number_input" if proto.data_type == NumberInput.DataType.INT:
            state.int_value = int(value)
        case "number_input":
            state.double_value = value
        case "slider":
            state.double_array_value.data.extend(value)
        case "checkbox":
            state.bool_value = value
        case "file_uploader":
            state.file_uploader_state_value.uploaded_file_info.extend(value)
        case "bidi_component":
            state.json_value = json.dumps(value)


def several(group: Any) -> bool:
    """Whether a button group lets several of its options be chosen."""
    return bool(group.click_mode == ButtonGroup.ClickMode.MULTI_SELECT)


def options_of(widget: Widget) -> list[str]:
    """What can be chosen of a widget with options, as it is shown."""
    options = widget.proto.options
    return _labels(widget.proto) if widget.kind == "button_group" else list(options)
