"""The official Python client of OpenAI. Needs the package openai. Answers are held against the client's own types."""

import json

import openai
from openai import OpenAI
from pydantic import BaseModel
from scenarios import MODEL, QUESTION, UNICODE, Scenarios

scenario = Scenarios("openai-python")

ASKED = [{"role": "system", "content": "Be right."}, {"role": "user", "content": QUESTION}]
GREEDY = {"model": MODEL, "messages": ASKED, "temperature": 0, "max_completion_tokens": 200}
SAMPLED = {"model": MODEL, "messages": ASKED, "temperature": 1, "seed": 11, "max_completion_tokens": 24}
SUM = {
    "type": "object",
    "properties": {"sum": {"type": "integer", "minimum": 0, "maximum": 99}, "sure": {"type": "boolean"}},
    "required": ["sum", "sure"],
    "additionalProperties": False,
}
FORM = {"type": "json_schema", "json_schema": {"name": "sum", "strict": True, "schema": SUM}}
ADD = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Adds two numbers.",
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": {
                "a": {"type": "integer", "minimum": 0, "maximum": 99},
                "b": {"type": "integer", "minimum": 0, "maximum": 99},
            },
            "required": ["a", "b"],
            "additionalProperties": False,
        },
    },
}
CALLING = {**GREEDY, "tools": [ADD], "tool_choice": "required", "parallel_tool_calls": False}
STREAMED = {"stream": True, "stream_options": {"include_usage": True}}


class Sum(BaseModel):
    """What a parsed answer is."""

    sum: int
    sure: bool


def counted(usage):
    assert usage.prompt_tokens > 0 and usage.completion_tokens > 0, usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens, usage


def whole(answer, finish="stop"):
    assert answer.object == "chat.completion" and answer.model == MODEL and answer.created > 0
    counted(answer.usage)
    for choice in answer.choices:
        assert choice.finish_reason == finish, choice.finish_reason
    return answer.choices[0]


def streamed(stream):
    """The text, reasons and usage of a stream."""
    texts, reasons, usage = {}, {}, None
    for chunk in stream:
        assert chunk.object == "chat.completion.chunk" and usage is None
        for choice in chunk.choices:
            assert choice.index not in reasons, "a piece after the last one"
            texts[choice.index] = texts.get(choice.index, "") + (choice.delta.content or "")
            if choice.finish_reason:
                reasons[choice.index] = choice.finish_reason
        usage = chunk.usage
    counted(usage)
    assert texts.keys() == reasons.keys()
    return texts, reasons


def form(text):
    value = json.loads(text)
    assert 0 <= value["sum"] <= 99 and isinstance(value["sure"], bool) and len(value) == 2, text


def arguments(text):
    value = json.loads(text)
    assert set(value) == {"a", "b"} and all(0 <= number <= 99 for number in value.values()), text


@scenario
def chat(client):
    assert whole(client.chat.completions.create(**GREEDY)).message.content


@scenario
def chat_stream(client):
    texts, reasons = streamed(client.chat.completions.create(**GREEDY, **STREAMED))
    assert texts[0] and reasons == {0: "stop"}


@scenario
def chat_stream_without_usage(client):
    chunks = list(client.chat.completions.create(**GREEDY, stream=True))
    assert chunks and all(chunk.choices and chunk.usage is None for chunk in chunks)


@scenario
def chat_helper(client):
    """The client's own accumulation of a stream."""
    with client.chat.completions.stream(**GREEDY, stream_options={"include_usage": True}) as stream:
        kinds = [event.type for event in stream]
        answer = stream.get_final_completion()
    assert "content.delta" in kinds and kinds[-1] in ("content.done", "chunk"), kinds[-3:]
    assert answer.choices[0].message.content and answer.choices[0].finish_reason == "stop"
    counted(answer.usage)


@scenario
def tools(client):
    choice = whole(client.chat.completions.create(**CALLING), "tool_calls")
    call = choice.message.tool_calls[0]
    assert call.id and call.type == "function" and call.function.name == "add"
    arguments(call.function.arguments)


@scenario
def tools_stream(client):
    name, text, reason = "", "", None
    for chunk in client.chat.completions.create(**CALLING, **STREAMED):
        for choice in chunk.choices:
            reason = choice.finish_reason or reason
            for call in choice.delta.tool_calls or []:
                assert call.index == 0 and bool(call.id) == bool(call.function.name)
                name += call.function.name or ""
                text += call.function.arguments or ""
    assert name == "add" and reason == "tool_calls"
    arguments(text)


@scenario
def tools_named(client):
    named = {**CALLING, "tool_choice": {"type": "function", "function": {"name": "add"}}}
    choice = whole(client.chat.completions.create(**named), "tool_calls")
    assert choice.message.tool_calls[0].function.name == "add"


@scenario
def tools_helper(client):
    """The client's own accumulation of a call, parsed."""
    with client.chat.completions.stream(**CALLING) as stream:
        kinds = {event.type for event in stream}
        answer = stream.get_final_completion()
    assert "tool_calls.function.arguments.done" in kinds, kinds
    assert set(answer.choices[0].message.tool_calls[0].function.parsed_arguments) == {"a", "b"}


@scenario
def tool_result(client):
    call = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": '{"a": 12, "b": 30}'}}
    messages = ASKED + [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "42"},
    ]
    answer = client.chat.completions.create(**{**GREEDY, "messages": messages, "tools": [ADD], "tool_choice": "none"})
    assert whole(answer).message.tool_calls is None


@scenario
def schema(client):
    form(whole(client.chat.completions.create(**GREEDY, response_format=FORM)).message.content)


@scenario
def schema_stream(client):
    texts, reasons = streamed(client.chat.completions.create(**GREEDY, **STREAMED, response_format=FORM))
    form(texts[0])
    assert reasons == {0: "stop"}


@scenario
def json_object(client):
    answer = client.chat.completions.create(**GREEDY, response_format={"type": "json_object"})
    choice = answer.choices[0]  # a model that was not taught JSON may go on to the end
    whole(answer, choice.finish_reason)
    if choice.finish_reason == "stop":
        assert isinstance(json.loads(choice.message.content), dict)
    else:
        assert choice.finish_reason == "length" and choice.message.content.lstrip().startswith("{")


@scenario
def parse(client):
    answer = client.chat.completions.parse(**GREEDY, response_format=Sum)
    assert isinstance(whole(answer).message.parsed, Sum)


@scenario
def logprobs(client):
    choice = whole(client.chat.completions.create(**GREEDY, logprobs=True, top_logprobs=3))
    for token in choice.logprobs.content:
        assert token.logprob <= 0 and len(token.top_logprobs) == 3
        assert bytes(token.bytes).decode() == token.token
        assert abs(token.logprob - token.top_logprobs[0].logprob) < 1e-6, "greedy takes the likeliest"


@scenario
def logprobs_stream(client):
    count = 0
    for chunk in client.chat.completions.create(**GREEDY, **STREAMED, logprobs=True, top_logprobs=3):
        for choice in chunk.choices:
            count += len(choice.logprobs.content) if choice.logprobs else 0
        usage = chunk.usage
    assert 0 < count <= usage.completion_tokens


@scenario
def choices(client):
    answer = client.chat.completions.create(**SAMPLED, n=2)
    assert [choice.index for choice in answer.choices] == [0, 1]
    counted(answer.usage)


@scenario
def choices_stream(client):
    texts, _ = streamed(client.chat.completions.create(**SAMPLED, **STREAMED, n=2))
    assert texts.keys() == {0, 1}


@scenario
def seed(client):
    first, second = (client.chat.completions.create(**SAMPLED).choices[0] for _ in range(2))
    assert first.message.content == second.message.content
    assert first.finish_reason == second.finish_reason


@scenario
def seed_stream(client):
    streamed(client.chat.completions.create(**SAMPLED, **STREAMED))


@scenario
def stop(client):
    answer = client.chat.completions.create(**{**GREEDY, "messages": ASKED[1:]}, stop=["2", "\n\n"])
    text = whole(answer).message.content
    assert "2" not in text and "\n\n" not in text


@scenario
def stop_stream(client):
    texts, reasons = streamed(
        client.chat.completions.create(**{**GREEDY, "messages": ASKED[1:]}, **STREAMED, stop=["2", "\n\n"])
    )
    assert "2" not in texts[0] and reasons == {0: "stop"}


@scenario
def length(client):
    answer = client.chat.completions.create(model=MODEL, messages=ASKED, max_tokens=3, temperature=0)
    whole(answer, "length")
    assert answer.usage.completion_tokens == 3


@scenario
def unicode(client):
    messages = [{"role": "user", "content": [{"type": "text", "text": UNICODE}]}]
    assert client.chat.completions.create(**{**GREEDY, "messages": messages}).choices


@scenario
def unicode_stream(client):
    messages = [{"role": "user", "content": [{"type": "text", "text": UNICODE}]}]
    streamed(client.chat.completions.create(**{**GREEDY, "messages": messages}, **STREAMED))


@scenario
def parameters(client):
    """All that a client may say of a chat at once."""
    answer = client.chat.completions.with_raw_response.create(
        model=MODEL,
        messages=[
            {"role": "developer", "content": [{"type": "text", "text": "Be right."}]},
            {"role": "user", "content": QUESTION, "name": "ann"},
            {"role": "assistant", "content": "42", "refusal": None},
            {"role": "user", "content": "And 1 + 1?"},
        ],
        max_tokens=12,
        temperature=0.7,
        top_p=0.9,
        frequency_penalty=0.1,
        presence_penalty=0.1,
        logit_bias={"7": -100},
        seed=5,
        user="ann",
        metadata={"case": "parameters"},
        store=False,
        service_tier="auto",
        reasoning_effort="low",
        prompt_cache_key="k",
        safety_identifier="s",
        extra_body={"top_k": 20, "min_p": 0.01, "repetition_penalty": 1.05},
    )
    warned = answer.headers.get_list("x-jerboa-warning")
    assert not [warning for warning in warned if "not known" in warning], warned
    counted(answer.parse().usage)


@scenario
def completions(client):
    answer = client.completions.create(model=MODEL, prompt="12 + 30 =", max_tokens=8, temperature=0)
    assert answer.object == "text_completion" and answer.choices[0].finish_reason in ("stop", "length")
    counted(answer.usage)


@scenario
def completions_stream(client):
    # by the client's types every piece has a reason, which only the last one can have
    asked = {"model": MODEL, "prompt": "12 + 30 =", "max_tokens": 8, "temperature": 0}
    chunks = list(loose(client).completions.create(**asked, **STREAMED))
    assert chunks[-1].choices == [] and chunks[-2].choices[0].finish_reason in ("stop", "length")
    counted(chunks[-1].usage)


@scenario
def completions_several(client):
    answer = client.completions.create(
        model=MODEL, prompt=["12 + 30 =", "7 + 8 ="], n=2, echo=True, logprobs=2, max_tokens=6, seed=3, stop="\n"
    )
    assert [choice.index for choice in answer.choices] == [0, 1, 2, 3]
    assert answer.choices[2].text.startswith("7 + 8 =")
    tokens = answer.choices[0].logprobs
    assert len(tokens.tokens) == len(tokens.token_logprobs) == len(tokens.top_logprobs) == len(tokens.text_offset)


RESPONSE = {"model": MODEL, "input": QUESTION, "instructions": "Be right.", "temperature": 0, "max_output_tokens": 200}
RESPONSE_ADD = {"type": "function", **ADD["function"]}
RESPONSE_CALL = {**RESPONSE, "tools": [RESPONSE_ADD], "tool_choice": "required", "parallel_tool_calls": False}


def used(usage):
    assert usage.input_tokens > 0 and usage.output_tokens > 0
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens


@scenario
def responses(client):
    answer = client.responses.create(**RESPONSE)
    assert answer.status == "completed" and answer.output_text and answer.error is None
    used(answer.usage)


@scenario
def responses_stream(client):
    events = list(client.responses.create(**RESPONSE, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[0].type == "response.created" and events[-1].type == "response.completed"
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text == events[-1].response.output_text
    used(events[-1].response.usage)


@scenario
def responses_helper(client):
    with client.responses.stream(**RESPONSE) as stream:
        kinds = [event.type for event in stream]
        answer = stream.get_final_response()
    assert "response.output_text.done" in kinds and answer.output_text


@scenario
def responses_tools(client):
    answer = client.responses.create(**RESPONSE_CALL)
    call = [item for item in answer.output if item.type == "function_call"][0]
    assert call.name == "add" and call.call_id and call.status == "completed"
    arguments(call.arguments)


@scenario
def responses_tools_stream(client):
    events = list(client.responses.create(**RESPONSE_CALL, stream=True))
    done = [event for event in events if event.type == "response.function_call_arguments.done"][0]
    arguments(done.arguments)
    deltas = [event.delta for event in events if event.type == "response.function_call_arguments.delta"]
    assert "".join(deltas) == done.arguments


@scenario
def responses_items(client):
    """A conversation that the client sends anew, with all kinds of items."""
    answer = client.responses.create(
        model=MODEL,
        input=[
            {"role": "developer", "content": "Be right."},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": QUESTION}]},
            {"type": "reasoning", "id": "rs_1", "summary": [], "content": [{"type": "reasoning_text", "text": "add"}]},
            {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "add", "arguments": '{"a":12,"b":30}'},
            {"type": "function_call_output", "call_id": "c1", "output": "42"},
        ],
        tools=[RESPONSE_ADD],
        tool_choice="none",
        reasoning={"effort": "low"},
        store=False,
        temperature=0,
        max_output_tokens=40,
    )
    assert answer.status in ("completed", "incomplete") and answer.output
    used(answer.usage)


@scenario
def responses_parse(client):
    answer = client.responses.parse(**RESPONSE, text_format=Sum)
    assert isinstance(answer.output_parsed, Sum)


@scenario
def responses_length(client):
    answer = client.responses.create(**{**RESPONSE, "max_output_tokens": 3})
    assert answer.status == "incomplete" and answer.incomplete_details.reason == "max_output_tokens"


@scenario
def embeddings(client):
    """The client asks for base64 by itself and gives numbers."""
    # by the client's types there is no base64
    answer = loose(client).embeddings.create(model=MODEL, input=["What is 2 + 3?", "Sort 9, 1."])
    vectors = [data.embedding for data in answer.data]
    assert len(vectors) == 2 and vectors[0] != vectors[1]
    for vector in vectors:
        assert abs(sum(x * x for x in vector) - 1) < 1e-4
    assert answer.usage.prompt_tokens == answer.usage.total_tokens > 0


@scenario
def embeddings_float(client):
    answer = client.embeddings.create(model=MODEL, input=QUESTION, encoding_format="float", dimensions=16)
    assert len(answer.data[0].embedding) == 16


@scenario
def models(client):
    assert MODEL in [model.id for model in client.models.list()]


@scenario
def model(client):
    assert client.models.retrieve(MODEL).id == MODEL


@scenario
def unknown_model(client):
    try:
        client.chat.completions.create(**{**GREEDY, "model": "no-such-model"})
    except openai.NotFoundError as error:
        assert error.status_code == 404 and error.code == "model_not_found" and "no-such-model" in error.message
    else:
        raise AssertionError("a model that is not there answered")


@scenario
def unknown_model_stream(client):
    try:
        client.chat.completions.create(**{**GREEDY, "model": "no-such-model"}, stream=True)
    except openai.NotFoundError as error:
        assert error.code == "model_not_found"
    else:
        raise AssertionError("a model that is not there answered")


@scenario
def bad_parameter(client):
    try:
        client.chat.completions.create(**{**GREEDY, "temperature": 7})
    except openai.BadRequestError as error:
        assert error.param == "temperature" and error.type == "invalid_request_error"
    else:
        raise AssertionError("a temperature of 7 was taken")


@scenario
def bad_previous_response(client):
    try:
        client.responses.create(**RESPONSE, previous_response_id="resp_0")
    except openai.BadRequestError as error:
        assert error.param == "previous_response_id"
    else:
        raise AssertionError("a response that nobody keeps was gone on with")


def connect(address, strict=True):
    return OpenAI(
        base_url=address + "/v1", api_key="none", max_retries=0, timeout=120, _strict_response_validation=strict
    )


def loose(client):
    """A client that does not hold answers against its types, which are not quite those of its service."""
    return connect(str(client.base_url).removesuffix("/v1/"), strict=False)


if __name__ == "__main__":
    scenario.run(connect)
