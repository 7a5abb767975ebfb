"""Which object a file holds: recognised by its headers, or reported; a file's name only decides between what fits."""

from __future__ import annotations

import pytest

from nrpd.netresults.objects import fitting_objects
from nrpd.netresults.records import OBJECT_COLUMNS

FILES = [
    ("contacts", "First Name,Last Name,Email Address,Account Name", ""),
    ("contacts", "contact_id,contact_email_address,contact_first_name,company_name,contact_lead_score", ""),
    ("contacts", "Email Address,Unsubscribed Contact,Bounced Contact,GDPR Consent Granted", ""),
    ("contacts", "Email Address,Unsubscribed Contact,Bounced Contact", "suppressions.csv"),
    ("contacts", "id,email,title,first_name,last_name,identity,account.id,account.name", ""),
    ("contacts", "Vorname,Nachname,E-Mail,Firma,Telefon", ""),
    ("contacts", "Prénom,Nom,Adresse e-mail,Société,Ville", ""),
    ("contacts", "Email,First Name,Last Name,Company,Phone,Notes,Campaign", "contacts.csv"),
    ("contacts", "contact_id,first_name,last_name,email,owner_email,Owner ID", ""),
    ("companies", "Account Name,Telephone Number,Website,Account Owner,Number of Employees", ""),
    ("companies", "company_id,company_name", ""),
    ("companies", "Name,Domain,City,Country", ""),
    ("campaigns", "Campaign Name,Status,Type,Launch Date", ""),
    ("campaigns", "campaign_id,campaign_name,campaign_description,campaign_launch_date", ""),
    ("campaign_members", "campaign_id,contact_id", ""),
    ("campaign_members", "Campaign Name,Email Address,Joined At", ""),
    ("campaign_members", "campaign_name,company_name,deal_title", ""),
    ("email_sends", "Email,Subject,Event,Event Date", ""),
    ("email_sends", "Contact Id,Email Id,Subject,Sent,Opened", ""),
    ("email_sends", "send_id,email,campaign_id,sent_at", ""),
    ("suppressions", "Email,Reason,Date", ""),
    ("suppressions", "Email,Unsubscribe Reason,Unsubscribed At", ""),
    ("suppressions", "Email", "exports/unsubscribes.csv"),
    ("suppressions", "Email,List", "opt-outs.csv"),
    ("suppressions", "Email,First Name,Last Name,Unsubscribe Date", "unsubscribed 2024.csv"),
    ("suppressions", "Email Address,Bounce Reason,Bounce Date", "bounces.csv"),
    ("suppressions", "email,created,reason,status", "bounces.csv"),
    ("suppressions", "E-Mail,Grund,Datum", "Sperrliste.csv"),
    ("suppressions", "Correo electrónico,Motivo,Fecha", "bajas.csv"),
    ("companies", "Raison sociale,Site web,Ville,Effectif", "societes.csv"),
    ("campaigns", "Kampagne,Status,Startdatum,Enddatum", "Kampagnen.csv"),
    ("email_sends", "E-Mail,Betreff,Gesendet am,Geöffnet am", "Versand.csv"),
    ("templates", "email_id,email_name,email_subject,file", ""),
    ("workflows", "Workflow Name,Status,Trigger,Actions,Enrolled", ""),
    ("owners", "First Name,Last Name,Email Address,Title,Work Phone,Enabled Status", "users.csv"),
    ("owners", "owner_id,name,email", ""),
    ("notes", "contact_id,note,created_at,author", ""),
    ("notes", "email,text,date", ""),
    ("activities", "contact_id,type,subject,due_date,note", ""),
    ("files", "file_id,contact_id,path,date", ""),
    ("suppressions", "Email,Campaign,Unsubscribed At", "unsubscribes.csv"),
    ("activities", "Email,Activity Type,Activity Date,Subject,Notes", "Activities.csv"),
    ("suppressions", "Email,Date,Campaign Name", "complaints.csv"),
    ("contacts", "Email Address,First Name,City,Unsubscribed", "Unsubscribed.csv"),
    ("contacts", "Email Address,First Name,City", "book.xlsx!Active"),
    ("contacts", "Record ID,First Name,Last Name,Email,Owner ID,Unsubscribed", "Contacts.csv"),
    ("contacts", "Id,AccountId,LastName,FirstName,Title,Email,Phone,OwnerId,HasOptedOutOfEmail", "Contact.csv"),
    ("contacts", "First Name,Last Name,Email,Owner ID", "Contacts.csv"),
    ("companies", "Id,Name,ParentId,BillingStreet,BillingCity,Phone,Website,NumberOfEmployees,OwnerId", "Account.csv"),
    ("owners", "Owner,Email", "owners.csv"),
    ("owners", "id,email,firstName,lastName,userId,archived", "owners.csv"),
]


@pytest.mark.parametrize(("expected", "header", "name"), FILES)
def test_files_are_recognised(expected: str, header: str, name: str) -> None:
    assert fitting_objects(header.split(","), name=name) == [expected]


@pytest.mark.parametrize("name", OBJECT_COLUMNS)
def test_the_designs_own_columns_are_recognised(name: str) -> None:
    assert fitting_objects(OBJECT_COLUMNS[name]) == [name]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Email", "contacts.csv"),
        ("Email,List", "newsletter.csv"),
        ("Email,Date", ""),
        ("alpha,beta", ""),
        ("Contact ID,Email Address,Campaign,URL,Clicked At", "clicks.csv"),
        ("", ""),
        ("Email,First Name,Last Name,Opt-out Reason,Opt-out Date", "export.tsv"),
        ("First Name,Last Name,Email Address,Title,Work Phone,Enabled Status", "list.csv"),
        ("Email Address,First Name,Last Name,City,Lead Score", "Unsubscribed Contacts.csv"),
        ("Email Address,First Name,Country,Source", "Suppression List.csv"),
        ("Email Address,First Name,City", "book.xlsx!Unsubscribed"),
        ("Email Address,First Name,City", "Opt-outs.xlsx!Sheet1"),
        ("Email Address,First Name,Last Name,City,CLEAN_TIME", "cleaned_segment_export_1234.csv"),
        ("Email,Campaign,Unsubscribed At", "export.csv"),
        ("Id,Name,OwnerId,Amount,StageName,CloseDate", "Opportunity.csv"),
        ("Owner,Email", "export.csv"),
    ],
)
def test_contacts_and_suppressions_are_never_guessed(header: str, name: str) -> None:
    assert len(fitting_objects(header.split(","), name=name)) != 1


def test_a_whole_contacts_export_is_not_taken_for_suppressions_by_its_name() -> None:
    """The bounce page exports full contacts; their bounce column suppresses, and their other columns are kept."""
    header = ["Email", "First Name", "Title", "Work Phone", "City", "Bounce Reason"]
    assert fitting_objects(header, name="bounced.csv") == ["contacts"]
