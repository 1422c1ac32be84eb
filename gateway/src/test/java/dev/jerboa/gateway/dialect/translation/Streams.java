package dev.jerboa.gateway.dialect.translation;

/** Recorded-like streams of each dialect, with all that a reply may have. */
final class Streams {
    static final byte[] CHAT = Talk.events(
            "{'id':'chatcmpl-1','object':'chat.completion.chunk','created':1,'model':'gpt','choices':[{'index':0,'delta':{'role':'assistant','content':''},'finish_reason':null}],'usage':null}",
            "{'id':'chatcmpl-1','object':'chat.completion.chunk','created':1,'model':'gpt','choices':[{'index':0,'delta':{'reasoning_content':'Think \\u00e9\\n'},'finish_reason':null}],'usage':null}",
            "{'id':'chatcmpl-1','object':'chat.completion.chunk','created':1,'model':'gpt','choices':[{'index':0,'delta':{'content':'Grüß \\ud83d\\ude00'},'finish_reason':null}],'usage':null}",
            "{'id':'chatcmpl-1','object':'chat.completion.chunk','created':1,'model':'gpt','choices':[{'index':0,'delta':{'content':' 世界 😀'},'finish_reason':null}],'usage':null}",
            "{'id':'chatcmpl-1','object':'chat.completion.chunk','created':1,'model':'gpt','choices':[{'index':0,'delta':{'tool_calls':[{'index':0,'id':'call_a','type':'function','function':{'name':'look','arguments':''}}]},'finish_reason':null}],'usage':null}",
            "{'id':'chatcmpl-1','object':'chat.completion.chunk','created':1,'model':'gpt','choices':[{'index':0,'delta':{'tool_calls':[{'index':0,'function':{'arguments':'{\\\"q\\\": \\\"'}}]},'finish_reason':null}],'usage':null}",
            "{'id':'chatcmpl-1','object':'chat.completion.chunk','created':1,'model':'gpt','choices':[{'index':0,'delta':{'tool_calls':[{'index':0,'function':{'arguments':'é\\\"}'}}]},'finish_reason':null}],'usage':null}",
            "{'id':'chatcmpl-1','object':'chat.completion.chunk','created':1,'model':'gpt','choices':[{'index':0,'delta':{'tool_calls':[{'index':1,'id':'call_b','type':'function','function':{'name':'go','arguments':'{}'}}]},'finish_reason':null}],'usage':null}",
            "{'id':'chatcmpl-1','object':'chat.completion.chunk','created':1,'model':'gpt','choices':[{'index':0,'delta':{},'finish_reason':'tool_calls'}],'usage':null}",
            "{'id':'chatcmpl-1','object':'chat.completion.chunk','created':1,'model':'gpt','choices':[],'usage':{'prompt_tokens':100,'completion_tokens':30,'total_tokens':130,'prompt_tokens_details':{'cached_tokens':64},'completion_tokens_details':{'reasoning_tokens':10},'cost':0.00000123}}",
            "[DONE]");

    static final byte[] RESPONSES = Talk.named(
            "{'type':'response.created','sequence_number':0,'response':{'id':'resp_1','model':'gpt','status':'in_progress','output':[]}}",
            "{'type':'response.output_item.added','output_index':0,'item':{'type':'reasoning','id':'rs_1','summary':[]}}",
            "{'type':'response.reasoning_summary_part.added','item_id':'rs_1','output_index':0,'summary_index':0,'part':{'type':'summary_text','text':''}}",
            "{'type':'response.reasoning_summary_text.delta','item_id':'rs_1','output_index':0,'summary_index':0,'delta':'Think é'}",
            "{'type':'response.reasoning_summary_text.done','item_id':'rs_1','output_index':0,'summary_index':0,'text':'Think é'}",
            "{'type':'response.output_item.done','output_index':0,'item':{'type':'reasoning','id':'rs_1','summary':[{'type':'summary_text','text':'Think é'}],'encrypted_content':'gAAAA=='}}",
            "{'type':'response.output_item.added','output_index':1,'item':{'type':'message','id':'msg_1','role':'assistant','status':'in_progress','content':[]}}",
            "{'type':'response.output_text.delta','item_id':'msg_1','output_index':1,'content_index':0,'delta':'Grüß '}",
            "{'type':'response.output_text.delta','item_id':'msg_1','output_index':1,'content_index':0,'delta':'😀'}",
            "{'type':'response.output_text.done','item_id':'msg_1','output_index':1,'content_index':0,'text':'Grüß 😀'}",
            "{'type':'response.output_item.done','output_index':1,'item':{'type':'message','id':'msg_1','role':'assistant','status':'completed','content':[{'type':'output_text','text':'Grüß 😀','annotations':[]}]}}",
            "{'type':'response.output_item.added','output_index':2,'item':{'type':'function_call','id':'fc_1','call_id':'call_a','name':'look','arguments':''}}",
            "{'type':'response.function_call_arguments.delta','item_id':'fc_1','output_index':2,'delta':'{\\\"q\\\":'}",
            "{'type':'response.function_call_arguments.delta','item_id':'fc_1','output_index':2,'delta':'1}'}",
            "{'type':'response.function_call_arguments.done','item_id':'fc_1','output_index':2,'arguments':'{\\\"q\\\":1}'}",
            "{'type':'response.output_item.done','output_index':2,'item':{'type':'function_call','id':'fc_1','call_id':'call_a','name':'look','arguments':'{\\\"q\\\":1}'}}",
            "{'type':'response.completed','sequence_number':16,'response':{'id':'resp_1','model':'gpt','status':'completed','output':[],'usage':{'input_tokens':100,'input_tokens_details':{'cached_tokens':64},'output_tokens':30,'output_tokens_details':{'reasoning_tokens':10},'total_tokens':130}}}");

    static final byte[] MESSAGES = Talk.named(
            "{'type':'message_start','message':{'id':'msg_1','type':'message','role':'assistant','model':'claude','content':[],'stop_reason':null,'usage':{'input_tokens':25,'cache_read_input_tokens':1000,'cache_creation_input_tokens':300,'cache_creation':{'ephemeral_5m_input_tokens':100,'ephemeral_1h_input_tokens':200},'output_tokens':1}}}",
            "{'type':'content_block_start','index':0,'content_block':{'type':'thinking','thinking':'','signature':''}}",
            "{'type':'ping'}",
            "{'type':'content_block_delta','index':0,'delta':{'type':'thinking_delta','thinking':'Think é'}}",
            "{'type':'content_block_delta','index':0,'delta':{'type':'signature_delta','signature':'EqQB'}}",
            "{'type':'content_block_stop','index':0}",
            "{'type':'content_block_start','index':1,'content_block':{'type':'redacted_thinking','data':'Rm9v'}}",
            "{'type':'content_block_stop','index':1}",
            "{'type':'content_block_start','index':2,'content_block':{'type':'text','text':''}}",
            "{'type':'content_block_delta','index':2,'delta':{'type':'text_delta','text':'Grüß '}}",
            "{'type':'content_block_delta','index':2,'delta':{'type':'text_delta','text':'😀 \\u4e16'}}",
            "{'type':'content_block_stop','index':2}",
            "{'type':'content_block_start','index':3,'content_block':{'type':'tool_use','id':'toolu_1','name':'look','input':{}}}",
            "{'type':'content_block_delta','index':3,'delta':{'type':'input_json_delta','partial_json':''}}",
            "{'type':'content_block_delta','index':3,'delta':{'type':'input_json_delta','partial_json':'{\\\"q\\\": '}}",
            "{'type':'content_block_delta','index':3,'delta':{'type':'input_json_delta','partial_json':'\\\"x\\\"}'}}",
            "{'type':'content_block_stop','index':3}",
            "{'type':'message_delta','delta':{'stop_reason':'tool_use','stop_sequence':null},'usage':{'output_tokens':89}}",
            "{'type':'message_stop'}");

    static final byte[] OLLAMA = Talk.lines(
            "{'model':'qwen3','created_at':'2026-11-29T08:00:00Z','message':{'role':'assistant','content':'','thinking':'Think é'},'done':false}",
            "{'model':'qwen3','created_at':'2026-11-29T08:00:00Z','message':{'role':'assistant','content':'Grüß '},'done':false}",
            "{'model':'qwen3','created_at':'2026-11-29T08:00:00Z','message':{'role':'assistant','content':'😀'},'done':false}",
            "{'model':'qwen3','created_at':'2026-11-29T08:00:00Z','message':{'role':'assistant','content':'','tool_calls':[{'function':{'name':'look','arguments':{'q':'é'}}}]},'done':false}",
            "{'model':'qwen3','created_at':'2026-11-29T08:00:00Z','message':{'role':'assistant','content':''},'done':true,'done_reason':'stop','total_duration':5000,'load_duration':1,'prompt_eval_count':26,'prompt_eval_duration':2000,'eval_count':298,'eval_duration':3000}");

    private Streams() {}
}
