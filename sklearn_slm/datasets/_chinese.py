"""Chinese patterns and domains of the demonstration corpus."""

from __future__ import annotations

from ._grammar import Domain, Grammar, Pattern

# Plain statements are more frequent, as in real text; they teach which word is which.
PLAIN = 2

PATTERNS = (
    # Plain statements, the later ones dressed in a negation that changes nothing.
    Pattern("{S}{deg}{good}", weight=PLAIN),
    Pattern("我觉得{S}{deg}{good}", weight=PLAIN),
    Pattern("{S}真的{deg}{good}", weight=PLAIN),
    Pattern("{S}确实{deg}{good}", weight=PLAIN),
    Pattern("谁都得承认，{S}{deg}{good}", weight=PLAIN),
    Pattern("{S}比我想象的还要{good}", weight=PLAIN),
    Pattern("不得不说，{S}{deg}{good}"),
    Pattern("没有人会否认{S}{deg}{good}"),
    Pattern("说{S}{good}，一点也不夸张"),
    Pattern("{S}不是一般的{good}"),
    Pattern("{S}别提有多{good}了"),
    Pattern("有人说{S}{good}，我完全同意"),
    Pattern("{S}不仅{good}，而且{good3}"),
    # One negation.
    Pattern("{S}一点也不{bad}"),
    Pattern("{S}根本不{bad}"),
    Pattern("其实{S}并不{bad}"),
    Pattern("{S}丝毫不{bad}"),
    Pattern("{S}绝对算不上{bad}"),
    Pattern("{S}跟“{bad}”完全不沾边"),
    Pattern("谁也不能说{S}{bad}"),
    Pattern("没有人会觉得{S}{bad}"),
    Pattern("我从来没觉得{S}{bad}"),
    Pattern("有人说{S}{bad}，我完全不同意"),
    Pattern("说{S}{bad}的人，我实在不敢苟同"),
    Pattern("别听人家说{S}{bad}，根本不是那么回事"),
    Pattern("{S}哪里{bad}了？我可不这么认为"),
    Pattern("{S}既不{bad}，也不{bad3}"),
    Pattern("{S}完全不{bad}", negative="{S}不怎么{good}"),
    # Two negations.
    Pattern("没有人能说{S}不{good}"),
    Pattern("谁也不敢说{S}不{good}"),
    Pattern("{S}不可谓不{good}"),
    Pattern("不能不说，{S}{deg}{good}"),
    Pattern("没有人不觉得{S}{good}"),
    # Contrast: the same words, the other way round.
    Pattern("{S}不是{bad}，而是{good}"),
    Pattern("说{S}{good}才对，说{bad}就不对了"),
    Pattern("与其说{S}{bad}，不如说{good}"),
    Pattern("本以为{S}会很{bad}，没想到{deg}{good}"),
    Pattern("没想到{S}这么{good}，我本以为会很{bad}"),
    Pattern("虽然有人说{S}很{bad}，但我觉得{deg}{good}"),
    Pattern("我觉得{S}{deg}{good}，虽然有人说很{bad}"),
    Pattern("尽管网上都说{S}{bad}，我却觉得{deg}{good}"),
    Pattern("{name}说{S}{bad}，我却觉得{deg}{good}"),
    Pattern("我认为{S}很{good}，{name}却说很{bad}"),
    Pattern("起初我觉得{S}很{bad}，后来才发现其实{deg}{good}"),
    Pattern("{S}明明{deg}{good}，偏偏有人说很{bad}"),
    Pattern("如果有人告诉你{S}{bad}，你别信，其实{deg}{good}"),
    Pattern("都说{S}{bad}，其实恰恰相反，{deg}{good}"),
    Pattern("{S}哪里{bad}了？明明{deg}{good}"),
    Pattern("以前{S}很{bad}，现在{deg}{good}", "recurring"),
    Pattern("现在{S}{deg}{good}，不像以前那么{bad}", "recurring"),
    # Concession: the main clause decides.
    Pattern("虽然{S2}很{bad2}，但{S}总的来说{deg}{good}", "whole"),
    Pattern("{S}总的来说{deg}{good}，尽管{S2}很{bad2}", "whole"),
    Pattern("尽管{S2}{bad2}，{S}整体上还是{deg}{good}", "whole"),
    Pattern("哪怕{S2}再{bad2}，{S}整体上还是{deg}{good}", "whole"),
    Pattern("{S2}固然{bad2}，但{S}整体上{deg}{good}", "whole"),
    Pattern("{S2}{bad2}归{bad2}，{S}整体上还是{deg}{good}", "whole"),
    Pattern("本以为会是{bad}的{noun}，结果却{deg}{good}", "whole"),
    Pattern("我还是第一次遇到这么{good}的{noun}", "whole"),
    Pattern("我从来没遇到过这么{good}的{noun}", "whole"),
    Pattern("再也找不到比这更{good}的{noun}了", "whole"),
    # Who is better than whom.
    Pattern("{good}比{bad}好得多", "rival"),
    Pattern("{bad}比{good}差远了", "rival"),
    Pattern("{bad}远远不如{good}", "rival"),
    Pattern("{bad}没有{good}好", "rival"),
    Pattern("要我选，我选{good}，不选{bad}", "rival"),
    Pattern("跟{good}一比，{bad}就逊色多了", "rival"),
    Pattern("{good}把{bad}甩开了好几条街", "rival"),
    Pattern(
        "跟{bad}相比，{good}毫不逊色",
        "rival",
        negative="跟{bad}相比，{good}逊色不少",
    ),
    # What the customer does next.
    Pattern("我一定会{good}", "plan"),
    Pattern("我绝对不会{bad}", "plan"),
    Pattern("我有充分的理由{good}", "plan"),
    Pattern("我没有任何理由{bad}", "plan"),
    Pattern("我不{good}才怪", "plan"),
    Pattern("我怎么可能{bad}呢？", "plan"),
    Pattern("本来想{bad}，现在我决定{good}", "plan"),
    Pattern("我不打算{bad}，而是打算{good}", "plan"),
    Pattern("{name}想{bad}，我却想{good}", "plan"),
)


def _plans(good: str, bad: str) -> tuple[tuple[str, str], ...]:
    return (
        (good, bad),
        ("给五星好评", "给一星差评"),
        ("推荐给朋友", "提醒朋友别上当"),
    )


DOMAINS = (
    Domain(
        name="电影",
        noun="电影",
        aspects={
            "这部电影": (("精彩", "乏味"), ("感人", "无聊"), ("新颖", "老套")),
            "演员的表演": (("自然", "生硬"), ("细腻", "浮夸")),
            "台词": (("生动", "空洞"), ("自然", "生硬")),
            "剧情": (("紧凑", "拖沓"), ("新颖", "老套")),
            "结局": (("巧妙", "仓促"), ("感人", "无聊")),
            "配乐": (("动听", "刺耳"), ("感人", "无聊")),
        },
        rivals=("上周看的那部", "去年那部"),
        this="这部电影",
        plans=_plans("再看一遍", "中途离场"),
        openers=("{day}和{name}一起看的。", "是{name}挑的电影。", "{day}去了电影院。"),
    ),
    Domain(
        name="餐厅",
        noun="餐厅",
        aspects={
            "这家餐厅": (("安静", "吵闹"), ("干净", "脏乱"), ("实惠", "坑人")),
            "这里的菜": (("好吃", "难吃"), ("清爽", "油腻")),
            "服务": (("周到", "马虎"), ("热情", "冷淡")),
            "这里的汤": (("鲜美", "寡淡"), ("清爽", "油腻")),
            "这里的点心": (("好吃", "难吃"), ("松软", "干硬")),
        },
        rivals=("隔壁那家", "对面那家"),
        this="这家餐厅",
        plans=_plans("再来一次", "找经理投诉"),
        openers=(
            "{day}和{name}一起去吃的。",
            "是{name}带我去的。",
            "我们一共去了四个人。",
        ),
        recurring=True,
    ),
    Domain(
        name="手机",
        noun="手机",
        aspects={
            "这款手机": (("流畅", "卡顿"), ("轻便", "笨重"), ("结实", "脆弱")),
            "屏幕": (("清晰", "模糊"), ("明亮", "昏暗")),
            "拍照效果": (("清晰", "模糊"), ("明亮", "昏暗")),
            "音质": (("清亮", "沉闷"), ("动听", "刺耳")),
            "系统": (("流畅", "卡顿"), ("好用", "难用")),
            "手感": (("舒服", "别扭"), ("光滑", "粗糙")),
        },
        rivals=("我的旧手机", "我姐姐那款"),
        this="这款手机",
        plans=_plans("继续用下去", "退货"),
        openers=("{day}刚收到货。", "我和{name}买的是同一款。", "用了两个星期。"),
        recurring=True,
    ),
    Domain(
        name="酒店",
        noun="酒店",
        aspects={
            "这家酒店": (("安静", "吵闹"), ("干净", "脏乱"), ("舒适", "简陋")),
            "房间": (("宽敞", "狭小"), ("明亮", "昏暗")),
            "早餐": (("丰盛", "单调"), ("好吃", "难吃")),
            "前台": (("热情", "冷淡"), ("耐心", "敷衍")),
            "卫生间": (("干净", "脏乱"), ("宽敞", "狭小")),
        },
        rivals=("车站旁边那家", "去年那家"),
        this="这家酒店",
        plans=_plans("再住一晚", "提前退房"),
        openers=("我们住了两晚。", "是{name}订的酒店。", "{day}和{name}一起入住的。"),
        recurring=True,
    ),
    Domain(
        name="小说",
        noun="小说",
        aspects={
            "这本小说": (("精彩", "乏味"), ("感人", "无聊"), ("深刻", "肤浅")),
            "文笔": (("优美", "拗口"), ("简洁", "啰嗦")),
            "情节": (("紧凑", "拖沓"), ("合理", "牵强")),
            "人物": (("鲜活", "单薄"), ("生动", "空洞")),
            "结局": (("巧妙", "仓促"), ("合理", "牵强")),
            "译文": (("自然", "生硬"), ("优美", "拗口")),
        },
        rivals=("去年读的那本", "她以前写的那本"),
        this="这本小说",
        plans=_plans("再读一遍", "半途而废"),
        openers=("是{name}送我的书。", "两个星期读完了。", "{day}从{name}那里借来的。"),
    ),
    Domain(
        name="课程",
        noun="课",
        aspects={
            "这门课": (("实用", "过时"), ("有趣", "枯燥"), ("深刻", "肤浅")),
            "老师的讲解": (("清楚", "含糊"), ("有趣", "枯燥")),
            "作业": (("精简", "繁琐"), ("有趣", "枯燥")),
            "教材": (("新颖", "老套"), ("实用", "过时")),
            "课程的节奏": (("紧凑", "拖沓"), ("轻松", "累人")),
        },
        rivals=("去年那门", "上学期那门"),
        this="这门课",
        plans=_plans("继续学下去", "申请退课"),
        openers=("我和{name}一起报的名。", "每{day}上课。", "学了两个星期。"),
        recurring=True,
    ),
    Domain(
        name="演唱会",
        noun="演唱会",
        aspects={
            "这场演唱会": (("震撼", "平淡"), ("热闹", "冷清"), ("精彩", "乏味")),
            "音响效果": (("清晰", "模糊"), ("震撼", "平淡")),
            "灯光": (("绚丽", "俗气"), ("柔和", "刺眼")),
            "歌手的表演": (("自然", "生硬"), ("细腻", "浮夸")),
            "现场的布置": (("用心", "潦草"), ("绚丽", "俗气")),
            "歌手的声音": (("动听", "刺耳"), ("清亮", "沉闷")),
        },
        rivals=("去年那场", "上个月那场"),
        this="这场演唱会",
        plans=_plans("再看一场", "提前离场"),
        openers=("{day}和{name}一起去的。", "票是{name}送的。", "我们坐在最后一排。"),
    ),
    Domain(
        name="旅行团",
        noun="旅行团",
        aspects={
            "这个旅行团": (("实惠", "坑人"), ("周到", "马虎"), ("轻松", "累人")),
            "行程": (("有序", "混乱"), ("轻松", "累人")),
            "导游的讲解": (("有趣", "枯燥"), ("清楚", "含糊")),
            "座位": (("舒适", "简陋"), ("宽敞", "狭小")),
            "住的地方": (("舒适", "简陋"), ("干净", "脏乱")),
            "路上的饭菜": (("好吃", "难吃"), ("丰盛", "单调")),
        },
        rivals=("去年那个", "上次去海边那个"),
        this="这个旅行团",
        plans=_plans("再报一次名", "要求退款"),
        openers=("我们{day}出发。", "是{name}报的名。", "和{name}一起玩了四天。"),
    ),
)


def _finish(sentence: str) -> str:
    """Close with a full stop unless the sentence is a question."""
    return sentence if sentence.endswith("？") else sentence + "。"


CHINESE = Grammar(
    patterns=PATTERNS,
    domains=DOMAINS,
    generic_pairs=(
        ("出色", "糟糕"),
        ("让人喜欢", "让人讨厌"),
        ("让人满意", "让人失望"),
    ),
    degrees=("很", "很", "非常", "十分", "特别", "相当"),
    names=(
        *("小王", "小李", "小张", "小雨", "老陈", "老周", "阿明", "阿芳"),
        *("婷婷", "丽丽", "表姐", "同事"),
    ),
    days=("周一", "周二", "周五", "周六", "周日"),
    leads=("说实话，", "说真的，", "老实说，", "坦白讲，", "讲真，"),
    closers=(
        "{name}同意我的看法。",
        "这是我的看法。",
        "都是我自己花的钱。",
        "第一次写评价。",
        "仅代表个人意见！",
    ),
    separator="",
    finish=_finish,
)
