"""Prompts that a good editor might write for the two starter cases: every one has to pass."""

from __future__ import annotations

INPUTS = "\n\nJob title: {{job_title}}\n\nJob posting:\n{{job_posting}}"
FORM = '{"skills": ["skill one", "skill two"]}'

SKILLS_EXTRACTION = (
    "List the skills that the following job posting asks for.\n"
    f"Return ONLY valid JSON in this form: {FORM}\nDo not add any other text.{INPUTS}",
    "You are an expert HR analyst. Extract every skill, tool, technology, language, licence and "
    "certificate that the job posting below asks for.\n\nRules:\n"
    f"- Return a single JSON object: {FORM}\n- Each entry is a short term of one to four words.\n"
    f"- Do NOT include benefits, working hours or company information.{INPUTS}",
    "# Task\nExtract the skills required by the job posting.\n\n# Output Format\n"
    f"Respond with valid JSON only:\n{FORM}\n\n# Input\n"
    "Job title: {{job_title}}\nJob posting:\n{{job_posting}}",
    "Here is a job posting.\n\n<job_title>{{job_title}}</job_title>\n<job_posting>\n"
    f"{{{{job_posting}}}}\n</job_posting>\n\nList the skills it asks for as JSON: {FORM}. "
    "No code fences, no explanations.",
    "Below is a job posting for the position of {{job_title}}:\n\n{{job_posting}}\n\nList all "
    "skills, certificates and languages that it asks for. Answer with one JSON object of the form "
    '{"skills": ["first", "second", "third"]} and nothing else.',
    "I will give you a job title and a job posting. Read them carefully and list the skills they "
    f"ask for. Return JSON in this form: {FORM}{INPUTS}",
    "Let's think step by step, silently.\n1. Read the posting.\n2. Find each skill, tool, "
    "certificate or language that is named.\n3. Write them, each once, into JSON: "
    f"{FORM}\nOutput the JSON and nothing else.{INPUTS}",
    'Job title: {{job_title}}\n\nJob posting:\n"""\n{{job_posting}}\n"""\n\nTask: From the posting '
    'above, extract the skills. Use the exact words of the posting. Return {"skills": [...]} as '
    "JSON in English or in the posting's own language.",
    "List the skills that the following job posting asks for, including:\n"
    "* Technical skills and tools\n* Certifications and licences\n* Languages\n"
    "Exclude soft skills, years of experience and degrees.\n"
    f"Return them as JSON in this form: {FORM}{INPUTS}",
    "Identify all hard skills in the job posting. IMPORTANT: never invent skills that are not in "
    'the text. Never write "I cannot" or apologise; if there are none, return {"skills": []}.\n'
    f"Return JSON: {FORM}{INPUTS}",
    f"Extract skills. Output JSON: {FORM}{INPUTS}",
    "You are an AI assistant that reads job postings as an HR Manager would. Feel free to infer "
    "nothing: list only what is written.\n\nReturn at most 15 entries, between 1 and 4 words each, "
    f"as {FORM}.\n\nTitle: {{{{job_title}}}}\nPosting: {{{{job_posting}}}}",
    "General rules:\n- Go through the posting line by line.\n- Take the terms word for word.\n"
    f"- Write JSON only.\n\nForm: {FORM}\n\nJob title: {{{{job_title}}}}\n"
    "Job posting:\n---\n{{job_posting}}\n---",
    "Please list the skills, tools, and qualifications named in this posting. Your answer must "
    "start with { and end with }.\nExample of the form: "
    '{"skills": ["project management", "public speaking"]}\n'
    f'Split lists: "A and B" becomes two entries.{INPUTS}',
    "Extract the required skills from the following job posting. Do not use markdown. Do not "
    'exceed 100 words.\nJSON schema: {"type": "object", "properties": {"skills": {"type": '
    f'"array", "items": {{"type": "string"}}}}}}}}{INPUTS}',
)

CONCISE_DESCRIPTION = (
    "Write a concise, professional description of this job in exactly two sentences of plain "
    f"text, 25 to 60 words in total.{INPUTS}",
    "Write a professional description of this job in two or three sentences. Use between 25 and "
    "60 words. Do not use bullet points, headings or exclamation marks."
    f"{INPUTS}\n\nDescription:",
    "Here is the posting:\n\n{{job_posting}}\n\nIt is for the position of {{job_title}}.\n\n"
    "Summarize the posting above in two short sentences of plain text. Do not use lists or "
    "headings. Stop after two sentences.",
    "## Role\nYou are a professional copywriter.\n\n## Task\nDescribe the job below in 2-3 "
    "sentences (25-60 words).\n\n## Rules\n- Mention the main duties and the key requirements.\n"
    "- Leave out benefits, salary, contact details and application steps.\n"
    "- Third person, present tense, no contractions.\n\n"
    "## Input\nJob title: {{job_title}}\nJob posting:\n{{job_posting}}",
    "Summarise the following job for a job board. State what the person does, then what they must "
    'bring. Two sentences. No introduction such as "Here is". Begin with the job itself.'
    f"{INPUTS}",
    "Describe this job in two or three sentences for a candidate who has little time. Name the "
    "tasks, the tools and the qualifications that matter most; say nothing about the company's "
    f"culture or perks.{INPUTS}",
    "Act as an editor. Rewrite the job posting as a short, neutral description.\n\nConstraints:\n"
    '1. Two to three sentences.\n2. At most 60 words.\n3. No first person ("we", "our").\n'
    f"4. No slogans or slang.\n5. Output only the description.{INPUTS}",
    "I want you to act as a recruiter. Write a concise description of the job {{job_title}} in two "
    "or three sentences, based on this posting:\n\n{{job_posting}}\n\nDo not copy sentences; "
    "condense them. Write in English.",
    "Write a concise, professional description of this job in two or three sentences. Focus on "
    "responsibilities and requirements, such as qualifications or a licence where one is "
    f"asked for.{INPUTS}",
    "Job title: {{job_title}}\n\nJob posting:\n{{job_posting}}\n\nWrite a concise, professional "
    "description of this job in two or three sentences. Start directly with the role. Avoid words "
    'such as "exciting", "awesome" or "great".',
    "<posting>\n{{job_posting}}\n</posting>\n<title>{{job_title}}</title>\n\nDescribe the job in "
    "the posting in two sentences, NOW using only plain text. START with the job title. STOP after "
    "the second sentence.",
    "Write a description of the job below. The description MUST:\n\n1. Be between 25 and 60 words "
    "long\n2. Contain two or three complete sentences\n3. Mention the Job Title once\n4. Cover the "
    "main Responsibilities and Requirements\n\nJob Title: {{job_title}}\n"
    "Job Posting: {{job_posting}}",
    "In two or three sentences, explain what someone in this position does all day and what the "
    "employer expects. Sober tone. Every word counts: prefer nouns and verbs from the posting to "
    f"adjectives. If the posting is in German, still write in English.{INPUTS}",
    "Write a concise, professional description of this job in two or three sentences. Keep to "
    "facts in the posting; mention team size, budget or clients only when they are central. Do not "
    f"tell the reader how to send a CV.{INPUTS}",
)
