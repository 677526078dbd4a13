"""Everyday sentences from templates: greetings, dialogue, times, places, names, one-word texts."""

import random
import re
from collections.abc import Callable

FIRST = """Anna Ben Carla Daniel Emma Frank Grace Henry Isabel Jack Kate Liam Maria Noah Olivia Peter
Quinn Rachel Samuel Teresa Ursula Victor Wendy Xavier Yvonne Zoe Alice Brian Chloe David Ella
Fiona George Hannah Ian Julia Kevin Laura Martin Nina Oscar Paula Robert Sarah Thomas Vera William
Amir Beatrice Charles Diana Edward Florence Gabriel Helen Ivan Joan Karen Louis Monica Nathan Omar
Patricia Richard Simon Tina Walter Yusuf Michael Jessica Andrew Elizabeth James Linda John Mary
Stephen Emily Matthew Ashley Joshua Amanda Christopher Megan Nicholas Rebecca""".split()
LAST = """Adams Baker Carter Davies Evans Foster Green Harris Irving Jones King Lewis Morgan Nelson
Owens Parker Quincy Roberts Smith Taylor Underwood Vaughan Walker Young Anderson Brown Clark Douglas
Edwards Fisher Graham Hughes Jackson Kelly Lopez Miller Murphy Newman Peterson Russell Stewart
Thompson Turner White Wilson Wright Cooper Bennett Gonzalez Schmidt Rossi Tanaka Novak Larsen""".split()
PLACES = """London Paris Berlin Madrid Rome Vienna Boston Chicago Dublin Edinburgh Florida Geneva
Houston India Japan Kenya Lisbon Montreal Norway Oxford Prague Quebec Russia Sydney Texas Utah
Venice Warsaw York Zurich Canada Mexico Brazil Egypt Italy Spain Scotland California Manchester
Amsterdam Athens Denver Seattle Toronto Vancouver Melbourne Singapore Tokyo Philadelphia""".split()
SPOTS = """station|market|library|hospital|airport|bakery|museum|post office|school|park|beach|bank
|church|garden|kitchen|office|restaurant|hotel|theatre|harbour|bridge|corner shop|town hall|university
|swimming pool|railway station|bus stop|car park|supermarket|pharmacy""".replace("\n", "").split("|")
THINGS = """book|letter|coat|umbrella|ticket|phone|bicycle|cup of tea|sandwich|newspaper|camera|key
|map|guitar|blanket|lamp|pair of shoes|box of matches|bottle of water|birthday cake|pencil|violin
|suitcase|loaf of bread|wooden chair|blue shirt|small mirror|glass of milk|red scarf|old clock|ladder
|bunch of flowers|jar of honey|pocket knife|dictionary|computer|telephone""".replace("\n", "").split("|")
FOODS = """bread|cheese|soup|rice|apples|coffee|chocolate|fish|potatoes|butter|eggs|salad|honey|pasta
|strawberries|chicken|mushrooms|oranges|ice cream|vegetables|noodles|lemonade""".replace("\n", "").split("|")
ADJECTIVES = """quiet|strange|lovely|difficult|wonderful|terrible|simple|expensive|cheap|useful|bright
|heavy|warm|cold|beautiful|boring|surprising|dangerous|delicious|empty|famous|gentle|honest|important
|modern|narrow|ordinary|patient|quick|rough|serious|tired|usual|young|ancient|cheerful|frightened
""".replace("\n", "").split("|")
ANIMALS = "dog cat horse bird rabbit mouse cow sheep fox duck goose elephant tiger monkey bear".split()
MONTHS = """January February March April May June July August September October November
December""".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen""".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ORDINALS = """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth
thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth
thirtieth""".split()
VERBS = """walk|wait|sing|read|work|sleep|travel|swim|listen|study|cook|dance|write|drive|paint
|practise|rest|stay|talk|think""".replace("\n", "").split("|")
SHORT = """Yes.|No.|Hello.|Goodbye.|Thanks.|Please.|Maybe.|Sure.|Okay.|Welcome.|Really?|Why?|When?
|Where?|Who?|How?|What?|Stop!|Wait!|Help!|Look!|Listen.|Exactly.|Perfect.|Sorry.|Nothing.|Nobody.
|Never.|Always.|Sometimes.|Tomorrow.|Yesterday.|Today.|Not yet.|Of course.|Of course not.|I see.
|I know.|I think so.|I hope so.|I don't know.|I don't think so.|That's right.|That's all.|Very well.
|Good morning.|Good evening.|Good night.|Good luck!|Well done!|Come in.|Sit down.|Go on.|Hurry up!
|Thank you.|Thank you very much.|You're welcome.|No problem.|Never mind.|Excuse me.|See you later.
|See you soon.|Take care.|What's wrong?|What happened?|Who are you?|How are you?|I'm fine, thanks.
|Are you sure?|Is that so?|Why not?|What do you mean?|Where were we?|Let's go.|Let me see.|Be careful!
|Congratulations!|Happy birthday!|Nice to meet you.|It's nothing.|It doesn't matter.|Right away.
|At last.|All right.|Just a moment.|Once more, please.|Not at all.|By all means.|I beg your pardon?
|Who knows?|So what?|What a pity.|What a surprise!|How strange.|How nice of you.|Good afternoon.
|Hi there.|Hey!|Absolutely.|Certainly.|Definitely.|Obviously.|Fine.|Great!|Good.|Bad.|Enough.|Quiet!
|Here.|There.|Now.|Later.|Soon.|Again.|Done.|Ready?|Ready.|Correct.|Wrong.|True.|False.|Left.|Right.
|Up.|Down.|Start.|Begin.|Finish.|Open.|Close.|Next.|Back.|Home.|Help.|Test.|Music.|Water.|Coffee?
|Apple.|Banana.|Garden.|Morning.|Winter.|Summer.|Window.|Question.|Answer.|Message.|Warning.|Error.
|Attention!|Silence.|Fire!|Danger.|Hallelujah.|Beautiful.|Interesting.|Impossible.|Unbelievable!
""".replace("\n", "").split("|")

TEMPLATES = """{F} {L} lives in {P}.|My name is {F} {L}.|Have you met {F} {L}?|{F} and {F} are at the {S}.
|Is there a {S} near here?|Where is the {S}, please?|The {S} opens at {T}.|The {S} closes at {T} on {D}.
|I will meet you at the {S} at {T}.|Could you bring me a {O}?|{F} bought a {O} in {P}.|Whose {O} is this?
|I left my {O} at the {S}.|She gave him a {O} for his birthday.|That was a {J} {O}.|What a {J} day!
|The weather in {P} is {J} in {M}.|On {D} we went to {P}.|Are you going to {P} in {M}?|I was born in {M}.
|The train to {P} leaves at {T}.|The flight from {P} to {P} takes {N} hours.|It costs {N} dollars.
|There are {N} {A}s in the field.|He counted {N} {A}s and {N} {A}s.|She is {N} years old.|Call me at {T}.
|My telephone number is {d} {d} {d}, {d} {d} {d} {d}.|Turn left after the {S}.|The {S} is {N} minutes away.
|Do you like {E}?|I would like some {E} and {E}, please.|We had {E} for breakfast.|{F} doesn't eat {E}.
|"I don't know," said {F}.|"Where is {F}?" asked {F}.|"Come here," said {F} quietly, "and look at this {O}."
|{F}, could you help me with this {O}?|Good morning, {F}.|Hello, {F}. How are you today?|Thank you, {F}!
|Please {V} with me.|Let's {V} until {T}.|I can't {V} today, but I can {V} on {D}.|Why did you {V} so long?
|They wanted to {V}, so they did.|The {A} ran across the {S}.|A {J} {A} sat by the {S}.|My {A} is {J}.
|It was the {R} time that {F} had seen a {A}.|The {R} of {M} is a {D}.|This is the {R} chapter.|{N} plus {N} is {N}.
|Is it {J} or {J}?|It is {J}, but not {J}.|If you {V}, I will {V} too.|When {F} came home, the {S} was {J}.
|Doctor {L} will see you at {T}.|Mister {L} and Missus {L} moved to {P}.|Professor {L} teaches at the {S}.
|In {Y}, {F} {L} moved from {P} to {P}.|The year was {Y}.|About {N} percent of the people in {P} {V} every day.
|How many {A}s do you have?|How much is this {O}?|What time is it? It is {T}.|Which {O} do you want?
|I think {F} is {J}; {F} is not.|Remember: the {S} is {J} on {D}s.|Open the {O}, {F}!|Did {F} call?
|We need {E}, {E}, and {E}.|Nobody at the {S} knew {F}.|Everyone in {P} likes {E}.|You should {V} more.
|{F} has never been to {P}.|Has {F} ever been to {P}?|I'm sorry, the {S} is closed.|Take the {R} street on the right.
|The answer is {N}.|Number {N}.|Page {N}, please.|{N} miles to {P}.|{F}!|{F}?|{P}.|{D}.|{M}.|{N}.|{A}.|{E}.
|{T}.|At {T}?|On {D}.|In {P}?|Not {F}.|{J}!|The {J} {A}.|A {O}.|To {P}, please.|{D} at {T}.|{F} {L}.
|Tell {F} that the {O} is on the table.|He said that he would {V}, but he didn't.|Will you {V} tomorrow?
|I've been here for {N} days.|We'll be there by {T}.|She's got a {J} {O} from {P}.|They've gone to the {S}.
|Don't forget your {O}.|You can't {V} here.|Shouldn't we {V} now?|Won't you have some {E}?|It isn't {J} at all.
""".replace("\n", "").split("|")


def number(rng: random.Random) -> str:
    """A number in words, small ones more often."""
    kind = rng.random()
    if kind < 0.4:
        return rng.choice(ONES[1:])
    small = f"{rng.choice(TENS)} {rng.choice(ONES[1:10])}" if rng.random() < 0.7 else rng.choice(TENS)
    if kind < 0.75:
        return small
    hundreds = f"{rng.choice(ONES[1:10])} hundred"
    if kind < 0.9:
        return f"{hundreds} {small}" if rng.random() < 0.5 else hundreds
    return f"{rng.choice(ONES[1:])} thousand {hundreds}"


def clock(rng: random.Random) -> str:
    """A time of day in words."""
    hour = rng.choice(ONES[1:13])
    return rng.choice(
        [f"{hour} o'clock", f"half past {hour}", f"quarter past {hour}", f"quarter to {hour}",
         f"{hour} {rng.choice(TENS[:4])}", f"{hour} fifteen", f"{hour} in the morning",
         f"{hour} oh {rng.choice(ONES[1:10])}", "noon", "midnight",
         f"{hour} {rng.choice(TENS[:4])} {rng.choice(ONES[1:10])}"]
    )  # fmt: skip


def year(rng: random.Random) -> str:
    """A year in words."""
    if rng.random() < 0.3:
        return f"two thousand {rng.choice(ONES[1:])}"
    century = rng.choice(["fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"])
    return f"{century} {rng.choice(TENS)} {rng.choice(ONES[1:10])}"


SLOTS: dict[str, Callable[[random.Random], str]] = {
    "F": lambda r: r.choice(FIRST), "L": lambda r: r.choice(LAST), "P": lambda r: r.choice(PLACES),
    "S": lambda r: r.choice(SPOTS), "O": lambda r: r.choice(THINGS), "E": lambda r: r.choice(FOODS),
    "J": lambda r: r.choice(ADJECTIVES), "A": lambda r: r.choice(ANIMALS),
    "M": lambda r: r.choice(MONTHS), "D": lambda r: r.choice(DAYS), "V": lambda r: r.choice(VERBS),
    "R": lambda r: r.choice(ORDINALS), "N": number, "T": clock, "Y": year,
    "d": lambda r: r.choice(ONES[:10]),
}  # fmt: skip


def everyday(count: int, rng: random.Random) -> list[str]:
    """`count` different sentences, the fixed short ones first."""
    found = dict.fromkeys(SHORT)
    while len(found) < count:
        template = rng.choice(TEMPLATES)
        text = re.sub(r"\{(\w)\}", lambda m: SLOTS[m.group(1)](rng), template)
        found[text[:1].upper() + text[1:]] = None
    return list(found)[:count]
