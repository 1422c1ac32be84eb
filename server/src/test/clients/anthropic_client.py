"""The official Python client of Anthropic. Needs the package anthropic. Answers are held against the client's own types."""

import json

import anthropic
from anthropic import Anthropic
from pydantic import BaseModel
from scenarios import MODEL, QUESTION, UNICODE, Scenarios

scenario = Scenarios("anthropic-python")

GREEDY = {
    "model": MODEL,
    "max_tokens": 200,
    "messages": [{"role": "user", "content": QUESTION}],
    "extra_body": {"temperature": 0},  # which the client itself has no more
}
ADD = {
    "name": "add",
    "description": "Adds two numbers.",
    "input_schema": {
        "type": "object",
        "properties": {
            "a": {"type": "integer", "minimum": 0, "maximum": 99},
            "b": {"type": "integer", "minimum": 0, "maximum": 99},
        },
        "required": ["a", "b"],
        "additionalProperties": False,
    },
}
CALLING = {**GREEDY, "tools": [ADD], "tool_choice": {"type": "any", "disable_parallel_tool_use": True}}


class Sum(BaseModel):
    """What a parsed answer is."""

    sum: int
    sure: bool


def whole(answer, reason="end_turn"):
    assert answer.type == "message" and answer.role == "assistant" and answer.model == MODEL
    assert answer.stop_reason == reason, answer.stop_reason
    usage = answer.usage
    assert usage.input_tokens + usage.cache_read_input_tokens > 0 and usage.output_tokens > 0, usage
    return answer


def said(answer):
    return "".join(block.text for block in answer.content if block.type == "text")


@scenario
def message(client):
    assert said(whole(client.messages.create(**GREEDY)))


@scenario
def message_stream(client):
    """The events as they come."""
    events = list(client.messages.create(**GREEDY, stream=True))
    assert events[0].type == "message_start" and events[-1].type == "message_stop"
    assert events[-2].type == "message_delta" and events[-2].delta.stop_reason == "end_turn"
    starts = [event.index for event in events if event.type == "content_block_start"]
    assert starts == list(range(len(starts))) and starts


@scenario
def message_helper(client):
    """The client's own accumulation of a stream."""
    with client.messages.stream(**GREEDY) as stream:
        text = "".join(stream.text_stream)
        answer = stream.get_final_message()
    assert text and text == said(whole(answer))


@scenario
def system(client):
    blocks = [{"type": "text", "text": "Be right.", "cache_control": {"type": "ephemeral"}}]
    messages = [{"role": "user", "content": [{"type": "text", "text": QUESTION}]}]
    sampling = {"temperature": 0.7, "top_k": 5, "top_p": 0.9}
    answer = client.messages.create(
        **{**GREEDY, "messages": messages, "extra_body": sampling}, system=blocks, metadata={"user_id": "ann"}
    )
    whole(answer)


@scenario
def tools(client):
    answer = whole(client.messages.create(**CALLING), "tool_use")
    call = answer.content[-1]
    assert call.type == "tool_use" and call.name == "add" and set(call.input) == {"a", "b"}


@scenario
def tools_stream(client):
    text, reason = "", None
    for event in client.messages.create(**CALLING, stream=True):
        if event.type == "content_block_delta" and event.delta.type == "input_json_delta":
            text += event.delta.partial_json
        if event.type == "message_delta":
            reason = event.delta.stop_reason
    assert reason == "tool_use" and set(json.loads(text)) == {"a", "b"}


@scenario
def tools_helper(client):
    with client.messages.stream(**{**CALLING, "tool_choice": {"type": "tool", "name": "add"}}) as stream:
        kinds = {event.type for event in stream}
        answer = stream.get_final_message()
    assert "input_json" in kinds and set(whole(answer, "tool_use").content[-1].input) == {"a", "b"}


@scenario
def tool_result(client):
    messages = GREEDY["messages"] + [
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "add", "signature": ""},
                {"type": "text", "text": "One moment."},
                {"type": "tool_use", "id": "toolu_1", "name": "add", "input": {"a": 12, "b": 30}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "42"}]},
                {"type": "text", "text": "So?"},
            ],
        },
    ]
    answer = client.messages.create(**{**GREEDY, "messages": messages}, tools=[ADD], tool_choice={"type": "none"})
    assert whole(answer).content[-1].type == "text"


@scenario
def thinking(client):
    answer = client.messages.create(**GREEDY, thinking={"type": "enabled", "budget_tokens": 1024})
    assert whole(answer).content[0].type == "thinking" and answer.content[0].thinking


@scenario
def thinking_stream(client):
    kinds = set()
    for event in client.messages.create(**GREEDY, thinking={"type": "enabled", "budget_tokens": 1024}, stream=True):
        if event.type == "content_block_delta":
            kinds.add(event.delta.type)
    assert kinds == {"thinking_delta", "text_delta"}, kinds


@scenario
def adaptive(client):
    answer = client.messages.with_raw_response.create(
        **GREEDY, thinking={"type": "adaptive"}, output_config={"effort": "low"}
    )
    warned = answer.headers.get_list("x-jerboa-warning")
    assert not [warning for warning in warned if "not known" in warning], warned
    whole(answer.parse())


@scenario
def parse(client):
    answer = client.messages.parse(**GREEDY, output_format=Sum)
    assert isinstance(whole(answer).parsed_output, Sum)


@scenario
def parse_stream(client):
    with client.messages.stream(**GREEDY, output_format=Sum) as stream:
        answer = stream.get_final_message()
    assert isinstance(whole(answer).parsed_output, Sum)


@scenario
def stop_sequence(client):
    answer = client.messages.create(**GREEDY, stop_sequences=["2"])
    assert whole(answer, "stop_sequence").stop_sequence == "2" and "2" not in said(answer)


@scenario
def stop_sequence_stream(client):
    with client.messages.stream(**GREEDY, stop_sequences=["2"]) as stream:
        answer = stream.get_final_message()
    assert whole(answer, "stop_sequence").stop_sequence == "2" and "2" not in said(answer)


@scenario
def length(client):
    answer = whole(client.messages.create(**{**GREEDY, "max_tokens": 3}), "max_tokens")
    assert answer.usage.output_tokens == 3


@scenario
def begun(client):
    messages = GREEDY["messages"] + [{"role": "assistant", "content": "It is 4"}]
    whole(client.messages.create(**{**GREEDY, "messages": messages, "max_tokens": 40}))


@scenario
def unicode(client):
    client.messages.create(**{**GREEDY, "messages": [{"role": "user", "content": UNICODE}]})


@scenario
def unicode_stream(client):
    with client.messages.stream(**{**GREEDY, "messages": [{"role": "user", "content": UNICODE}]}) as stream:
        assert stream.get_final_message().stop_reason


@scenario
def count_tokens(client):
    answer = client.messages.count_tokens(
        model=MODEL, system="Be right.", messages=GREEDY["messages"], tools=[ADD], thinking={"type": "disabled"}
    )
    assert answer.input_tokens > 0


@scenario
def beta(client):
    answer = client.beta.messages.create(**GREEDY, betas=["context-management-2025-06-27"])
    assert answer.stop_reason == "end_turn"


@scenario
def models(client):
    assert MODEL in [model.id for model in client.models.list()]


@scenario
def model(client):
    answer = client.models.retrieve(MODEL)
    assert answer.id == MODEL and answer.type == "model" and answer.display_name


@scenario
def unknown_model(client):
    try:
        client.messages.create(**{**GREEDY, "model": "no-such-model"})
    except anthropic.NotFoundError as error:
        assert error.body["error"]["type"] == "not_found_error" and "no-such-model" in error.message
    else:
        raise AssertionError("a model that is not there answered")


@scenario
def unknown_model_stream(client):
    try:
        client.messages.create(**{**GREEDY, "model": "no-such-model"}, stream=True)
    except anthropic.NotFoundError as error:
        assert error.body["type"] == "error"
    else:
        raise AssertionError("a model that is not there answered")


@scenario
def bad_parameter(client):
    try:
        client.messages.create(**{**GREEDY, "extra_body": {"temperature": 7}})
    except anthropic.BadRequestError as error:
        assert error.body["error"]["type"] == "invalid_request_error" and "temperature" in error.message
    else:
        raise AssertionError("a temperature of 7 was taken")


def connect(address):
    return Anthropic(base_url=address, api_key="none", max_retries=0, timeout=120, _strict_response_validation=True)


if __name__ == "__main__":
    scenario.run(connect)
