"""The English text."""
# ruff: noqa: E501

HOME = {
    "title": "Home",
    "seo_title": "Nagisawa Optics: inspection cameras for lines and pipes",
    "eyebrow": "Industrial inspection cameras, designed and made in Suwa, Japan",
    "headline": "Catching every defect starts with the light.",
    "summary": "Nagisawa Optics makes cameras that inspect products on the line and pipes in the ground. We design the lens, the lighting and the electronics under one roof, so that the standard your best inspector holds at nine in the morning is still held at five.",
    "body": [
        (
            "figures",
            {
                "heading": "",
                "items": [
                    {"value": "1,240", "label": "cameras at work in Japan"},
                    {"value": "0.02 mm", "label": "smallest chip found (NL-200)"},
                    {"value": "3 days", "label": "to a report on your samples"},
                    {"value": "10 years", "label": "of spare parts, guaranteed"},
                ],
                "note": "As of the end of March 2026. Detection size under our standard conditions.",
            },
        ),
        (
            "teasers",
            {
                "heading": "Products",
                "intro": "One camera looks at moving products from outside, the other at running plant from inside. Both are built to be used every day by the people on site.",
                "pages": ["page:nl-200", "page:np-50"],
            },
        ),
        (
            "features",
            {
                "heading": "Three reasons customers stay",
                "intro": "An inspection system is not judged on the day it is installed, but on how it is used a year later.",
                "items": [
                    {
                        "title": "We start with the lighting",
                        "text": "Whether a scratch shows depends less on pixels than on light. Our optical engineers take your part into the lab and work out angle and wavelength first.",
                    },
                    {
                        "title": "Your own people can teach it",
                        "text": "Sort a few images into good and bad and the criteria are updated. No dedicated vision engineer required.",
                    },
                    {
                        "title": "Service that prevents stops",
                        "text": "We watch for fading light and rising temperature, and tell you before something fails. A replacement unit ships the next working day.",
                    },
                ],
            },
        ),
        (
            "teasers",
            {
                "heading": "Case studies",
                "intro": "Customers who let us publish the numbers.",
                "pages": ["page:case-packaging", "page:case-waterworks"],
            },
        ),
        (
            "quote",
            {
                "text": "Our inspectors did not get fewer pieces to look at. They got fewer difficult ones. That is what made the difference.",
                "source": "Head of quality assurance, food packaging manufacturer",
            },
        ),
        (
            "call",
            {
                "heading": "Automating visual inspection: where to begin?",
                "text": "Choosing the first target, working out the return, getting approval: what we learned in 240 projects, in a free six-chapter guide.",
                "page": "page:guide",
                "button": "See the guide (free)",
            },
        ),
    ],
}

PRODUCTS = {
    "title": "Products",
    "summary": "From the outside, and from the inside: two cameras for what people on site cannot see.",
}

NL200 = {
    "title": "NL-200 inline inspection camera",
    "model_number": "NL-200",
    "tagline": "Finds a 0.02 mm chip in a flow of 600 parts a minute.",
    "summary": "Camera, lighting and computer in one housing for your line. The NL-200 checks every part for scratches, chips, foreign matter and poor print, without stopping the line.",
    "body": [
        (
            "features",
            {
                "heading": "What the NL-200 does",
                "intro": "",
                "items": [
                    {
                        "title": "Light from twelve sides in one pass",
                        "text": "Twelve LED segments switch every 1/8000 s and give four images in a single pass, so a shallow dent is told apart from a smudge.",
                    },
                    {
                        "title": "Ready with 50 good parts",
                        "text": "It learns from good parts, so there is no need to collect rare defects. A standard start-up takes two days.",
                    },
                    {
                        "title": "Every decision can be explained",
                        "text": "The rejected area and the reason are stored with the image. Questions from customers and auditors are answered on the spot.",
                    },
                    {
                        "title": "Fits the line you have",
                        "text": "180 mm wide, mounted without changing the conveyor, and wired to your existing rejector by plain contacts.",
                    },
                ],
            },
        ),
        (
            "specs",
            {
                "heading": "Main specifications",
                "rows": [
                    {"label": "Sensor", "value": "12.3 megapixel global shutter CMOS"},
                    {"label": "Speed", "value": "Up to 600 parts a minute (decision within 80 ms)"},
                    {"label": "Smallest defect", "value": "0.02 mm (with a field of view of 60 mm)"},
                    {"label": "Lighting", "value": "Built-in 12-segment LED (white, red, near infrared)"},
                    {"label": "Size and weight", "value": "180 × 240 × 320 mm, 6.8 kg"},
                    {"label": "Interfaces", "value": "Ethernet, 8 inputs and 8 outputs, OPC UA"},
                    {"label": "Protection", "value": "IP65 (IP69K version for food plants)"},
                    {"label": "Power", "value": "24 V DC, 90 W"},
                ],
            },
        ),
        (
            "steps",
            {
                "heading": "How we get there together",
                "intro": "",
                "items": [
                    {
                        "title": "Sample study (free)",
                        "text": "Send us about ten parts. Within three working days you have the images and our view on what can be found.",
                    },
                    {
                        "title": "Trial on your line (two weeks)",
                        "text": "You borrow a unit, and together we count misses and false alarms on the real line.",
                    },
                    {
                        "title": "Start-up (two days)",
                        "text": "Our engineers mount and set up the camera and train your operators.",
                    },
                    {
                        "title": "Running",
                        "text": "For the first 90 days you get a monthly accuracy report, and help with adjusting the criteria.",
                    },
                ],
            },
        ),
        (
            "questions",
            {
                "heading": "Common questions",
                "items": [
                    {
                        "question": "Can it inspect clear containers and film?",
                        "answer": "Yes. Near-infrared light and polarising filters suppress the reflections. The free sample study is the best way to see.",
                    },
                    {
                        "question": "Does it suit small batches of many products?",
                        "answer": "Up to 500 products can be stored, and are switched by barcode or by a signal from your system in under a second.",
                    },
                    {
                        "question": "Do images leave our site?",
                        "answer": "No. All decisions are made inside the camera. The monitoring service sends only operating values such as light level and temperature.",
                    },
                ],
            },
        ),
        (
            "call",
            {
                "heading": "See whether it shows on your parts",
                "text": "The sample study is free. Decide once you have seen the images.",
                "page": "page:contact",
                "button": "Ask for a sample study",
            },
        ),
    ],
}

NP50 = {
    "title": "NP-50 pipe inspection camera",
    "model_number": "NP-50",
    "tagline": "Pipes that cannot be shut down: one person, half a day, report included.",
    "summary": "A self-propelled camera for pipes from 50 mm. With its swivel head and distance measurement, the position and size of cracks, corrosion and deposits end up on your drawing.",
    "body": [
        (
            "features",
            {
                "heading": "What the NP-50 does",
                "intro": "",
                "items": [
                    {
                        "title": "120 m into a 50 mm pipe",
                        "text": "Four independently driven wheels pass up to three elbows. At 12 kg, one person carries the whole set to the site.",
                    },
                    {
                        "title": "Faces the wall",
                        "text": "The head swivels 135 degrees in every direction and looks straight at the wall instead of down the pipe, so fewer cracks are missed.",
                    },
                    {
                        "title": "Records position and size",
                        "text": "Dimensions come from the distance travelled and two laser points. Findings are listed by distance, ready to compare next time.",
                    },
                    {
                        "title": "The report writes itself",
                        "text": "When the run is over, a draft with photos, map and findings is waiting. In the office, you only check it.",
                    },
                ],
            },
        ),
        (
            "specs",
            {
                "heading": "Main specifications",
                "rows": [
                    {"label": "Pipe diameter", "value": "50 to 300 mm (with exchangeable wheels)"},
                    {"label": "Range", "value": "Up to 120 m (power and data in one cable)"},
                    {"label": "Camera", "value": "4 megapixels, 12 LEDs, swivel ±135°"},
                    {"label": "Measurement", "value": "Two laser points, ±0.5 mm"},
                    {"label": "Waterproof", "value": "10 m deep (IP68)"},
                    {"label": "Temperature", "value": "-10 to 50 °C"},
                    {"label": "Weight", "value": "Crawler 2.1 kg, 12 kg with control unit"},
                    {"label": "Running time", "value": "About 5 hours (exchangeable battery)"},
                ],
            },
        ),
        (
            "quote",
            {
                "text": "What took two people two days now takes one person half a day. Best of all, we can look at the same spot from the same angle as last year.",
                "source": "Facilities supervisor, municipal waterworks",
            },
        ),
        (
            "questions",
            {
                "heading": "Common questions",
                "items": [
                    {
                        "question": "Can it be used without draining the pipe?",
                        "answer": "In reasonably clear water, yes. In murky water, a clear hood displaces the water between lens and wall.",
                    },
                    {
                        "question": "Can we try it before buying?",
                        "answer": "Yes, by the day. If you buy, the rent of the last three months is taken off the price.",
                    },
                    {
                        "question": "May it be used in explosive atmospheres?",
                        "answer": "The standard unit is not explosion-proof. Please talk to us first if flammable gas may be present.",
                    },
                ],
            },
        ),
        (
            "call",
            {
                "heading": "Rent one for a day",
                "text": "Operation takes half an hour to learn. Tell us your dates and pipe diameter.",
                "page": "page:contact",
                "button": "Ask about renting",
            },
        ),
    ],
}

PRICE = {
    "title": "Pricing",
    "summary": "Our prices, in the open, so that you can plan a budget before asking for a quotation.",
    "body": [
        (
            "plans",
            {
                "heading": "NL-200 inline inspection camera",
                "intro": "Including camera, lighting, computer and training.",
                "items": [
                    {
                        "name": "Trial",
                        "price": "¥180,000",
                        "unit": "two weeks",
                        "text": "Find out on your own line whether it sees enough, fast enough.",
                        "features": [
                            "Loan unit, shipping included",
                            "Lighting study",
                            "Report on misses and false alarms",
                            "Fully credited if you buy",
                        ],
                        "highlight": False,
                    },
                    {
                        "name": "Standard",
                        "price": "¥4.8 million",
                        "unit": "per line",
                        "text": "Our most popular way into full inspection.",
                        "features": [
                            "One NL-200",
                            "Mounting and start-up (two days)",
                            "Training for up to five people",
                            "Accuracy reports for 90 days",
                            "One year of monitoring",
                        ],
                        "highlight": True,
                    },
                    {
                        "name": "Multi-view",
                        "price": "¥11.2 million",
                        "unit": "per line",
                        "text": "Top, bottom and sides at once: no blind spots.",
                        "features": [
                            "Three NL-200 units",
                            "Synchronising controller",
                            "Connection to your systems",
                            "Everything in Standard",
                        ],
                        "highlight": False,
                    },
                ],
                "note": "Before tax, for work on weekdays in Japan. The IP69K version adds ¥600,000 per unit.",
            },
        ),
        (
            "plans",
            {
                "heading": "NP-50 pipe inspection camera",
                "intro": "Buy it, or rent it by the day.",
                "items": [
                    {
                        "name": "Rent",
                        "price": "¥40,000",
                        "unit": "per day",
                        "text": "For a few inspections a year, or to try it first.",
                        "features": ["Complete set with spare battery", "Shipping both ways", "Help by phone"],
                        "highlight": False,
                    },
                    {
                        "name": "Buy",
                        "price": "¥1.98 million",
                        "unit": "complete set",
                        "text": "Everything you need to inspect with your own team.",
                        "features": [
                            "NP-50 with three sets of wheels",
                            "Reporting software",
                            "Half a day of training",
                            "One-year warranty, one calibration",
                        ],
                        "highlight": True,
                    },
                ],
                "note": "Before tax. Longer waterproof cables (up to 180 m) on request.",
            },
        ),
        (
            "figures",
            {
                "heading": "When it pays back (NL-200 Standard)",
                "items": [
                    {"value": "1.6 years", "label": "replacing the work of two inspectors"},
                    {"value": "2.3 years", "label": "one inspector and fewer escapes"},
                    {"value": "38%", "label": "fewer complaints (median after one year)"},
                ],
                "note": "From 31 lines of our customers. Your figures may differ.",
            },
        ),
        (
            "questions",
            {
                "heading": "Questions on cost",
                "items": [
                    {
                        "question": "Are there subsidies?",
                        "answer": "Customers have used public support for labour-saving investment. We prepare the specification and quotation for your application in three working days.",
                    },
                    {
                        "question": "Can we lease?",
                        "answer": "Yes, over five or six years. For Standard, expect a little over ¥80,000 a month.",
                    },
                    {
                        "question": "What does maintenance cost?",
                        "answer": "From the second year, monitoring is ¥240,000 per unit and year, including replacement units, a yearly calibration and remote help with your criteria.",
                    },
                ],
            },
        ),
        (
            "call",
            {
                "heading": "A quotation for your line",
                "text": "Tell us the size of the part and the speed of the line; you get an estimate in one working day.",
                "page": "page:contact",
                "button": "Ask for a quotation",
            },
        ),
    ],
}

CASES = {
    "title": "Case studies",
    "summary": "What was wrong, what we measured, what changed: checked in numbers, together with our customers.",
}

CASE_PACKAGING = {
    "title": "No more faded dates: automating inspection on three lines",
    "client": "F, a food packaging manufacturer",
    "industry": "Food packaging, 180 employees",
    "product": "nl-200",
    "summary": "A packaging maker relied on people to check printed best-before dates. With the NL-200 on three lines, complaints about escapes fell to zero within a year.",
    "body": [
        (
            "figures",
            {
                "heading": "",
                "items": [
                    {"value": "0", "label": "escapes in 12 months (11 a year before)"},
                    {"value": "6 → 2", "label": "inspectors per shift"},
                    {"value": "1.4 years", "label": "to pay back"},
                ],
                "note": "",
            },
        ),
        (
            "text",
            "<h2>The problem: eyes get used to it within an hour</h2><p>At F, six inspectors per shift watched best-before dates and lot numbers on film running at 220 pieces a minute. Only a few a day are faded or broken. The company's own tests showed that eyes get used to finding nothing, and that misses rise one hour into the shift.</p><p>Eleven complaints a year each meant recalling and re-inspecting shipped lots. Replacing inspectors who left was hard, and held back growth.</p>",
        ),
        (
            "steps",
            {
                "heading": "What we did",
                "intro": "Not everything at once: one line at a time, measuring as we went.",
                "items": [
                    {
                        "title": "Agree on what is bad",
                        "text": "Six inspectors judged the same 120 pieces and disagreed on 19. We settled the limit samples first.",
                    },
                    {
                        "title": "Remove the glare",
                        "text": "Near-infrared light at a low angle brought out the faded print that glossy film had hidden.",
                    },
                    {
                        "title": "Two weeks side by side",
                        "text": "Only after zero misses and 0.3% false alarms were two people moved to double-checking.",
                    },
                ],
            },
        ),
        (
            "quote",
            {
                "text": "We never said the machine takes over. We said people get fewer pieces to decide on. That won the floor over.",
                "source": "Head of quality assurance, F",
            },
        ),
        (
            "text",
            '<h2>Results, and what comes next</h2><p>In the 12 months since, no print defect has reached a customer. The four people freed from inspection now handle changeovers and preventive maintenance, and line stops fell from 14 to 9 hours a month. Next, F plans to inspect seals in bag making.</p><p>The product used is the <a page="nl-200">NL-200 inline inspection camera</a>. For costs, see <a page="price">pricing</a>.</p>',
        ),
        (
            "call",
            {
                "heading": "Does this sound familiar?",
                "text": "We will study your parts in the same way.",
                "page": "page:contact",
                "button": "Talk to us",
            },
        ),
    ],
}

CASE_WATER = {
    "title": "From two people and two days to one person and half a day",
    "client": "Waterworks of the city of K",
    "industry": "Water supply, 90,000 residents",
    "product": "np-50",
    "summary": "Inspecting the pipes of a treatment plant took two people two days. With the NP-50 it takes one person half a day, and wear can be compared on the drawing.",
    "body": [
        (
            "figures",
            {
                "heading": "",
                "items": [
                    {"value": "4 → 0.5", "label": "person-days per pipe run"},
                    {"value": "2 a year", "label": "inspections (once in three years before)"},
                    {"value": "7", "label": "places for repair found in year one"},
                ],
                "note": "",
            },
        ),
        (
            "text",
            "<h2>The problem: records only the operator could read</h2><p>K's treatment plant has about 2.4 km of pipes laid around 1980. The push-in camera used before looked down the pipe; which part of the wall was in the picture, only the operator knew.</p><p>Reports were handwritten distances and pasted stills, and took a full day. Whether a crack had grown in three years, nobody could say.</p>",
        ),
        (
            "steps",
            {
                "heading": "What we did",
                "intro": "",
                "items": [
                    {
                        "title": "Rent for a day",
                        "text": "A test on the most winding run: three elbows passed, 92 m reached.",
                    },
                    {
                        "title": "Agree how to film",
                        "text": "Stop every metre and face the wall in four directions, so that every operator makes the same record.",
                    },
                    {
                        "title": "Put it on the drawing",
                        "text": "Findings go onto the pipe map by distance. Next to last year's photo, growth becomes a number.",
                    },
                ],
            },
        ),
        (
            "quote",
            {
                "text": "We set repair priorities by how fast a crack grows, not by instinct. Budgets are easier to explain.",
                "source": "Supervisor, facilities section, city of K",
            },
        ),
        (
            "text",
            '<h2>Results, and what comes next</h2><p>Even at twice a year, inspection takes less than half the hours it used to. Seven places found in the first year were repaired on schedule, before they leaked. Next year the camera will also be used in sewer connections.</p><p>The product used is the <a page="np-50">NP-50 pipe inspection camera</a>.</p>',
        ),
        (
            "call",
            {
                "heading": "Try it for a day",
                "text": "Rent starts at ¥40,000 a day, with help by phone.",
                "page": "page:contact",
                "button": "Ask about renting",
            },
        ),
    ],
}

BLOG = {
    "title": "Blog",
    "summary": "Ideas and methods for people who inspect, written by our optical engineers and quality specialists.",
}

ARTICLE_START = {
    "title": "Do not start automating with your worst defect",
    "category": "Automation",
    "author": "Misaki, optical engineering",
    "summary": "Pick the wrong first target and the project stalls in six months. Three conditions for choosing, and a plan for the first month.",
    "body": '<p>“We want to automate the defect we miss most often.” Many projects begin with this sentence. We understand it well, and usually recommend starting somewhere else.</p><h2>The hardest defects have no agreed limit</h2><p>Defects that are often missed tend to be defects on which people disagree. In one plant, six inspectors judged the same 120 images; all six agreed on 101. For the other 19 no camera in the world has the right answer. Before the performance of a machine comes the work of agreeing on a standard.</p><h2>Three conditions for a first target</h2><ol><li><b>There are many.</b> Thousands of pieces a day, so that the effect is soon a number.</li><li><b>The limit can be put into words.</b> “A chip of 0.3 mm or more”, on a drawing or a limit sample.</li><li><b>A mistake can be undone.</b> A later step offers one more chance to catch it.</li></ol><p>A target that meets all three is rarely glamorous. But the first success earns trust on the floor, and with it the budget and the time for harder ones.</p><h2>The first month</h2><p>Settle the limit samples in week one and the lighting in week two. In weeks three and four, only measure, side by side with people, and never stop a product on the machine\'s word. Put misses and false alarms into a table every day and read it together with the inspectors. A month of looking at numbers together decides the year that follows.</p><p>A scoring sheet for choosing targets is in chapter 2 of our guide, <a page="guide">First steps in automated visual inspection</a>.</p>',
}

ARTICLE_LIGHT = {
    "title": "When a scratch does not show, it is the light, not the camera",
    "category": "Optics",
    "author": "Misaki, optical engineering",
    "summary": "More pixels will not reveal a scratch that a different angle of light will. Three kinds of lighting you can try at your desk.",
    "body": '<p>“Would it show with a higher resolution?” When we look at the parts people send us, what is missing is almost never pixels. It is contrast. A scratch is visible because it returns light differently from its surroundings, and making that difference is the job of the lighting.</p><h2>Three ways to light</h2><h3>1. From the front (bright field)</h3><p>A flat surface sends the light straight back and is bright; a hollow is dark. Good for print and larger chips. On mirror-like surfaces, watch for the reflection of the lamp itself.</p><h3>2. From a low angle (dark field)</h3><p>With light grazing the surface, the flat parts turn dark and only the edges of a scratch shine. Good for shallow scratches and dents. You can see the effect with the lamp of a phone laid on its side.</p><h3>3. From behind (transmission)</h3><p>Good for foreign matter in clear containers and film, and for broken holes. The outline is sharp enough to measure.</p><h2>Change the wavelength</h2><p>To find dirt on a printed pattern, choose a colour in which the pattern disappears. Red print all but vanishes under red light. In near infrared, many inks turn transparent and only the base is seen.</p><h2>Write it down</h2><p>Note angle, distance and colour for every picture you take. Being able to repeat the picture is the first step towards a machine. Send us ten parts and our lab returns images lit from twelve directions: ask for a <a page="contact">sample study</a>.</p>',
}

ARTICLE_OVERKILL = {
    "title": "Is 1% false alarms a lot? How to compare misses and false alarms",
    "category": "Quality",
    "author": "Onuki, quality engineering",
    "summary": "What 1% weighs depends on volume and on the work of checking again. A calculation you can use for your decision, with examples.",
    "body": '<p>Inspection systems are compared by two numbers: the share of defects missed, and the share of good parts rejected. Both should be low, and both cannot be zero at once. Where is the right balance?</p><h2>Think in pieces per day, not in percent</h2><p>Take a line that checks 20,000 pieces a day, of which 0.1% (20) are really bad. With 1% false alarms, some 200 good pieces land on the reject side. If checking one takes 10 seconds, that is 33 minutes a day: little, compared with six people looking at everything.</p><p>On a line with 500,000 pieces, the same 1% is 5,000 pieces or 14 hours. Here you would bring false alarms down to 0.2%, or add a second stage.</p><h2>Put a price on a miss</h2><p>A miss weighs what an escape costs. If recall, re-inspection and explaining come to ¥400,000, then five fewer a year are worth ¥2 million, and ¥1.5 million of checking false alarms is still worth it.</p><h2>Three rules for a fair comparison</h2><ul><li><b>Measure with the same parts.</b> Keep a fixed set of bad parts and use it for every system.</li><li><b>Count borderline parts apart.</b> Where people disagree, machines cannot be right or wrong.</li><li><b>Compare over the same time.</b> Not one day, but two weeks with changes of lot.</li></ul><p>A calculation sheet is in chapter 4 of our guide, <a page="guide">First steps in automated visual inspection</a>. For cost assumptions see <a page="price">pricing</a>.</p>',
}

ARTICLE_PIPE = {
    "title": "Pipe inspection records you can compare next time: five steps",
    "category": "Maintenance",
    "author": "Ashihara, field engineering",
    "summary": "An inspection earns its worth when it is compared with the next. Five steps to records that anyone can make and anyone can compare.",
    "body": '<p>A pipe inspection video is most useful on the day it is taken and nearly useless three years later, because place and direction are lost. To explain how wear progresses, film from the start with the next inspection in mind.</p><h2>1. Fix the origin</h2><p>Call the face of the entry flange 0 m and take a photo of it. If the origin moves, every finding moves.</p><h2>2. Stop at regular distances</h2><p>Do not film in passing: stop every metre and look up, down, left and right. Do it where nothing is wrong, too. You can only say “it was not there last time” if you filmed that it was not.</p><h2>3. Face the wall</h2><p>Looking down the pipe, the length of a crack cannot be told. Turn the head to the wall and include the two laser points, and the size can be measured later.</p><h2>4. Agree on words</h2><p>With crack, split and fissure mixed, nothing can be searched. Settle on about ten words and three degrees.</p><h2>5. Read it before you pack up</h2><p>Go through the list of findings on site. A gap takes five minutes to fill while you are there, and half a day after you have left.</p><h2>Setting the interval</h2><p>With two records you know how fast a crack grows. No growth: inspect less often. Fast growth: ask for the repair budget. The <a page="case-waterworks">city of K</a> now sets its repair order this way. The equipment used is the <a page="np-50">NP-50</a>.</p>',
}

ARTICLE_RINGI = {
    "title": "Proposals that get approved contain three numbers",
    "category": "Getting approval",
    "author": "Kuga, sales planning",
    "summary": "The more technical the proposal, the harder it is to approve. Three numbers decision makers look for, and a one-page layout.",
    "body": '<p>We often see projects where the technical question is settled and internal approval takes another six months. The proposals describe the camera in detail, and leave out what the person deciding wants to know.</p><h2>Three numbers</h2><ol><li><b>What doing nothing costs.</b> Inspection wages, complaints, orders declined for lack of people: one year of today\'s figures.</li><li><b>Years to pay back.</b> Equipment, installation, training and maintenance, divided by the costs that go away. Show the case where only half the effect comes true.</li><li><b>What it costs to stop.</b> If it does not work out, how far can we go back, and for how much? A trial or a rental makes this number small.</li></ol><h2>One page</h2><p>On the left, today in three numbers. In the middle, the proposal: what, by when, for how much. On the right, a year from now, in the same three numbers. Below, in one sentence, the decision you are asking for. Technical detail goes into an appendix, to be opened when someone asks.</p><h2>Add a voice from the floor</h2><p>Numbers alone meet no opposition, and no support. One sentence from an inspector changes the mood of a meeting. “I am afraid of the moment my eyes get used to it”: in one plant, that sentence settled it.</p><p>A proposal template and a calculation sheet are in chapter 6 of our guide, <a page="guide">First steps in automated visual inspection</a>.</p>',
}

GUIDE = {
    "title": "First steps in automated visual inspection",
    "seo_title": "Guide: First steps in automated visual inspection",
    "summary": "Choosing a target, lighting, evaluation, return on investment and approval: what we learned in 240 projects, in six practical chapters.",
    "intro": "<p>Some plants succeed in automating visual inspection, others stop half way. The difference was neither budget nor technical skill, but <b>what they did in the first three months</b>.</p><p>For this guide we went back over 240 projects and collected what the successful ones had in common, as steps and numbers. It includes a way to make limit samples, evaluation tables and a one-page proposal that you can use as they are.</p>",
    "chapters": "<ol><li><b>Why projects stall</b>: four reasons from 240 projects</li><li><b>Choosing the first target</b>: three conditions and a scoring sheet</li><li><b>Settling the light</b>: bright field, dark field, transmission</li><li><b>Measuring misses and false alarms</b>: a two-week plan with examples</li><li><b>Starting up with the floor</b>: how the inspectors' work changes</li><li><b>Return and approval</b>: a proposal on one page</li></ol>",
    "audience": "<ul><li>Production and quality managers short of inspectors</li><li>Production engineers comparing inspection systems</li><li>Anyone whose first attempt at automation fell short</li></ul>",
}

CONTACT = {
    "title": "Contact",
    "summary": "Questions on products, sample studies, quotations and rentals. We answer within one working day.",
    "intro": "<p>Questions on products, sample studies, quotations and rentals: we answer within <b>one working day</b>.</p><p>In a hurry? Call +81-266-00-0000 (weekdays, 9:00 to 17:30, Japan time).</p>",
    "thank_you_text": "<p>Thank you for your message. We will be in touch within one working day.</p>",
    "subject": "Inquiry from the website",
    "form_fields": [
        {"clean_name": "company", "label": "Company", "field_type": "singleline", "required": True},
        {"clean_name": "name", "label": "Name", "field_type": "singleline", "required": True},
        {"clean_name": "email", "label": "E-mail", "field_type": "email", "required": True},
        {"clean_name": "phone", "label": "Phone", "field_type": "singleline", "required": False},
        {
            "clean_name": "message",
            "label": "Message",
            "field_type": "multiline",
            "required": True,
            "help_text": "What would you like to inspect? Size and line speed help us give you a concrete answer.",
        },
    ],
}

ABOUT = {
    "title": "About us",
    "summary": "Polishing lenses in a lakeside town since 1968: optics at the service of inspection.",
    "body": [
        (
            "text",
            "<h2>From lens polishing to inspection</h2><p>Nagisawa Optics began in 1968 as a small workshop polishing microscope lenses. “What should be seen must be seen as it is”: our founder's words still guide our designs.</p><p>We have developed inspection cameras since 2004. Lens design and polishing, electronics, image processing and assembly all happen at our plant in Suwa. Of our 86 people, 31 are engineers.</p>",
        ),
        (
            "specs",
            {
                "heading": "Company",
                "rows": [
                    {"label": "Name", "value": "Nagisawa Optics Co., Ltd."},
                    {"label": "Founded", "value": "April 1968"},
                    {"label": "Capital", "value": "¥80 million"},
                    {"label": "President", "value": "Megumi Nagisawa"},
                    {"label": "Employees", "value": "86 (end of March 2026)"},
                    {"label": "Address", "value": "0-0-0 Kogan-dori, Suwa, Nagano 392-0000, Japan"},
                    {
                        "label": "Business",
                        "value": "Development, manufacture, sale and service of industrial inspection cameras",
                    },
                    {"label": "Certificates", "value": "ISO 9001, ISO 14001"},
                ],
            },
        ),
        (
            "steps",
            {
                "heading": "History",
                "intro": "",
                "items": [
                    {"title": "1968", "text": "Founded in Suwa, polishing objective lenses for microscopes."},
                    {"title": "1987", "text": "Optical units for semiconductor inspection."},
                    {"title": "2004", "text": "Our first pipe inspection camera."},
                    {"title": "2017", "text": "The NL series: inspection cameras with built-in lighting."},
                    {"title": "2025", "text": "The NL-200, which learns from good parts and starts up in two days."},
                ],
            },
        ),
    ],
}

PRIVACY = {
    "title": "Privacy",
    "summary": "What we use your personal data for, and what this website records.",
    "body": [
        (
            "text",
            "<h2>What we use personal data for</h2><p>Data given to us in inquiries and requests is used</p><ul><li>to answer inquiries, make quotations and provide products and services,</li><li>to send the material you asked for,</li><li>to inform those who agreed about products, trade shows and technical topics.</li></ul><h2>What this website records</h2><p>To improve our service and to offer what suits you, this site records pages viewed, time spent, the referring page and the organisation you connect from, on our own server. It uses a cookie that only this site reads, and sends nothing to outside advertising or analytics services.</p><p>When you send a form, earlier visits of the same browser may be linked with your name.</p><h2>Third parties</h2><p>Except where the law requires it, we pass no data on without your consent.</p><h2>Your rights</h2><p>On request we disclose, correct, stop using or erase your data. Every information mail has a link at the end with which you can stop them at any time.</p><h2>Contact</h2><p>Nagisawa Optics Co., Ltd., Data Protection Manager<br/>0-0-0 Kogan-dori, Suwa, Nagano 392-0000, Japan<br/>privacy@nagisawa.example.jp</p><p>Revised on 1 April 2026</p>",
        ),
    ],
}

PAGES = {
    "home": HOME,
    "products": PRODUCTS,
    "nl-200": NL200,
    "np-50": NP50,
    "price": PRICE,
    "cases": CASES,
    "case-packaging": CASE_PACKAGING,
    "case-waterworks": CASE_WATER,
    "blog": BLOG,
    "article-start": ARTICLE_START,
    "article-lighting": ARTICLE_LIGHT,
    "article-false-alarms": ARTICLE_OVERKILL,
    "article-pipe-records": ARTICLE_PIPE,
    "article-approval": ARTICLE_RINGI,
    "guide": GUIDE,
    "contact": CONTACT,
    "about": ABOUT,
    "privacy": PRIVACY,
}

DOCUMENTS = {"guide": "First steps in automated visual inspection"}
