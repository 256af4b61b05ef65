"""Words that questions, problems and functions are made of."""

KINDS = {
    "animals": {
        "bird": "robin crow owl eagle duck swan hen goose parrot pigeon hawk wren".split(),
        "fish": "trout salmon tuna cod shark carp herring eel perch pike".split(),
        "insect": "ant bee wasp fly moth beetle cricket flea gnat hornet".split(),
        "mammal": "dog cat horse cow sheep wolf bear lion tiger mouse rabbit goat".split(),
    },
    "food": {
        "fruit": "apple pear plum peach cherry lemon grape melon banana orange".split(),
        "vegetable": "carrot onion potato leek cabbage turnip pea bean spinach radish".split(),
        "drink": "water milk tea coffee juice wine beer cider cocoa lemonade".split(),
        "spice": "pepper salt cinnamon ginger mint basil thyme saffron clove nutmeg".split(),
    },
    "household": {
        "tool": "hammer saw drill chisel pliers wrench file spade rake axe".split(),
        "piece of clothing": "shirt coat hat sock glove scarf skirt jacket shoe belt".split(),
        "piece of furniture": "table chair bed shelf desk sofa bench stool wardrobe cupboard".split(),
        "musical instrument": "piano violin flute drum guitar trumpet harp organ cello horn".split(),
    },
    "travel": {
        "vehicle": "car bus train truck tram bicycle ship boat plane taxi".split(),
        "building": "house church castle tower barn school palace temple hotel museum".split(),
        "landscape": "mountain river lake forest desert valley island beach hill swamp".split(),
        "job": "baker doctor farmer teacher sailor painter lawyer nurse tailor miner".split(),
    },
}

OPPOSITES = [p.split() for p in """hot cold|big small|up down|early late|fast slow|light dark|open closed|full empty|hard soft|high low
|old young|wet dry|long short|rich poor|loud quiet|happy sad|strong weak|clean dirty|near far|good bad|left right|first last|thick thin
|sweet bitter|day night|summer winter|love hate|war peace|begin end|buy sell|push pull|win lose|give take|laugh cry|friend enemy
|heavy weightless|sharp blunt|deep shallow|wide narrow|brave timid""".replace("\n", "").split("|")]

CAPITALS = dict(p.split() for p in """France Paris|Germany Berlin|Italy Rome|Spain Madrid|Portugal Lisbon|England London|Ireland Dublin|Norway Oslo
|Sweden Stockholm|Finland Helsinki|Denmark Copenhagen|Poland Warsaw|Austria Vienna|Hungary Budapest|Greece Athens|Turkey Ankara|Russia Moscow
|China Beijing|Japan Tokyo|India Delhi|Egypt Cairo|Kenya Nairobi|Cuba Havana|Peru Lima|Chile Santiago|Canada Ottawa|Iran Tehran|Iraq Baghdad
|Nepal Kathmandu|Belgium Brussels|Croatia Zagreb|Romania Bucharest|Bulgaria Sofia|Serbia Belgrade|Ukraine Kyiv|Morocco Rabat""".replace("\n", "").split("|"))

PAST = dict(p.split() for p in """go went|see saw|eat ate|run ran|come came|take took|give gave|make made|find found|know knew|write wrote|sing sang
|swim swam|drink drank|begin began|speak spoke|break broke|drive drove|fly flew|grow grew|throw threw|buy bought|think thought|bring brought
|teach taught|catch caught|sleep slept|keep kept|feel felt|leave left|meet met|send sent|build built|lose lost|sell sold|tell told|stand stood
|win won|hold held|fall fell""".replace("\n", "").split("|"))

PLURALS = dict(p.split() for p in """mouse mice|foot feet|tooth teeth|goose geese|man men|woman women|child children|ox oxen|leaf leaves|wolf wolves
|knife knives|wife wives|life lives|loaf loaves|city cities|baby babies|story stories|party parties|lady ladies|box boxes|bus buses|dish dishes
|church churches|fox foxes|watch watches|cat cats|dog dogs|tree trees|house houses|book books|car cars|boy boys|day days|hand hands|star stars
|ship ships""".replace("\n", "").split("|"))

COLOURS = "red blue green yellow black white brown grey purple pink".split()

THINGS = "hat coat bag ball cup book pen box kite bike lamp chair".split()

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()

MONTHS = "January February March April May June July August September October November December".split()

NAMES = "Tom Ana Ben Mia Leo Eva Sam Zoe Max Ida Paul Nina Jack Rosa Finn Clara Hugo Lena Otto Emma Karl Lucy Theo Alma".split()

ITEMS = "apples books coins pens cards shells stamps marbles eggs cakes tickets stones roses nuts pears plums boxes balls".split()
